"""The library of models: built, resumed, kept; what ships agrees with models trained here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, is_classifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from greenlab import data
from greenlab.ensemble import EnsembleSelection, select
from greenlab.installed import HERE, reinstall
from greenlab.metrics import rmse
from greenlab.shipped import SHAPES
from greenlab.study import write_whole
from greenlab.zoo import build as zoo_command
from greenlab.zoo import library, recorded
from greenlab.zoo.models import FAMILIES, Net, family, fit_nets, models

CHEAP = ("tree-gini-leaf5", "knn-weighted-5", "linear-discriminant", "bayes-gaussian-0.01")


def small(seed: int = 0, n: int = 240) -> data.Problem:
    """A problem of two attributes: is a point within a circle?"""
    rng = np.random.default_rng(seed)
    x = rng.random((n, 2))
    y = (((x - 0.5) ** 2).sum(1) < 0.16).astype(int)
    parts = [
        part for at in np.split(np.arange(n), [5 * n // 12, 7 * n // 12]) for part in (x[at], y[at])
    ]
    return data.Problem("circle", *parts, (0, 0))


def five() -> dict[str, BaseEstimator]:
    """A library of five, two of them nets that train side by side."""
    return {
        "tree-a": DecisionTreeClassifier(random_state=0),
        "knn-b": KNeighborsClassifier(3),
        "net-c": Net(4, epochs=3, seed=1),
        "bayes-d": GaussianNB(),
        "net-e": Net(6, epochs=3, seed=2),
    }


@pytest.fixture
def trained(monkeypatch):
    """The names of the models that are trained, as they are."""
    names: list[str] = []
    whole = library._train

    def train(problem, task, folder, keys):
        names.extend(task)
        whole(problem, task, folder, keys)

    monkeypatch.setattr(library, "_train", train)
    return names


def test_a_library_holds_what_its_models_predict_and_cost(tmp_path):
    problem = small()
    found = library.build(problem, tmp_path, five(), show=False)
    assert found.names == tuple(five())
    assert (len(found), found.climb.shape, found.test.shape) == (5, (5, 40), (5, 100))
    for i, model in enumerate(library.fitted(tmp_path, found.names)):
        np.testing.assert_array_equal(found.climb[i], model.predict_proba(problem.climb_x)[:, 1])
        np.testing.assert_array_equal(found.test[i], model.predict_proba(problem.test_x)[:, 1])
        assert found.bytes[i] == (tmp_path / f"{found.names[i]}.joblib").stat().st_size
    by_hand = GaussianNB().fit(problem.train_x, problem.train_y).predict_proba(problem.test_x)
    np.testing.assert_allclose(found.test[3], by_hand[:, 1])
    assert (found.seconds >= 0).all()
    assert found.train_seconds[2] == found.train_seconds[4] > 0  # side by side, shared
    assert not list(tmp_path.glob(".*"))  # nothing half-written is left


def test_what_is_there_is_not_trained_again(tmp_path, trained):
    problem = small()
    some = {name: five()[name] for name in ("knn-b", "net-e")}
    first = library.build(problem, tmp_path, some, show=False)
    assert trained == ["knn-b", "net-e"]
    whole = library.build(problem, tmp_path, five(), show=False)
    assert sorted(trained[2:]) == ["bayes-d", "net-c", "tree-a"]
    np.testing.assert_array_equal(whole.test[[1, 4]], first.test)
    np.testing.assert_array_equal(whole.train_seconds[[1, 4]], first.train_seconds)
    library.build(problem, tmp_path, five(), show=False)
    assert len(trained) == 5


def test_other_settings_points_or_versions_are_trained_anew(tmp_path, trained, monkeypatch):
    def build(problem: data.Problem, k: int = 3) -> library.Library:
        return library.build(problem, tmp_path, {"knn-b": KNeighborsClassifier(k)}, show=False)

    build(small())
    other = build(small(), k=7)
    assert len(trained) == 2
    assert set(np.rint(other.test.ravel() * 7)) >= {1, 2}  # sevenths
    build(small(1), k=7)
    assert len(trained) == 3
    monkeypatch.setattr(library.sklearn, "__version__", "0")
    build(small(1), k=7)
    assert len(trained) == 4


@pytest.mark.parametrize("ending", ["npz", "joblib"])
@pytest.mark.parametrize("how", ["missing", "cut off", "noise"])
def test_a_broken_model_is_trained_again(tmp_path, trained, ending, how):
    problem, one = small(), {"tree-a": five()["tree-a"]}
    before = library.build(problem, tmp_path, one, show=False)
    path = tmp_path / f"tree-a.{ending}"
    whole = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(whole[:100] if how == "cut off" else b"\xff\x00")
    after = library.build(problem, tmp_path, one, show=False)
    assert trained == ["tree-a", "tree-a"]
    np.testing.assert_array_equal(before.test, after.test)
    library.fitted(tmp_path, ["tree-a"])


SLOW = """
import sys, time
from pathlib import Path
import test_library as t
class Slow(t.GaussianNB):
    def fit(self, X, y):
        time.sleep(60)
models = t.five()
models["bayes-d"] = Slow()
t.library.build(t.small(), Path(sys.argv[1]), models, show=False)
"""


def test_a_killed_build_goes_on(tmp_path, trained):
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    started = subprocess.Popen([sys.executable, "-c", SLOW, str(tmp_path)], env=env)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "net-e.npz").exists() and time.monotonic() < deadline:
            time.sleep(0.1)  # the nets are trained third, then comes the slow one
    finally:
        started.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        started.wait()
    kept = {path.stem for path in tmp_path.glob("*.npz")}
    assert kept == {"tree-a", "knn-b", "net-c", "net-e"}
    resumed = library.build(small(), tmp_path, five(), show=False)
    assert trained == ["bayes-d"]
    fresh = library.build(small(), tmp_path / "fresh", five(), show=False)
    np.testing.assert_allclose(resumed.test, fresh.test, atol=1e-6)


class Failing(ClassifierMixin, BaseEstimator):
    """Can't be trained."""

    def fit(self, X, y):
        raise RuntimeError("no")


def test_a_failing_model_leaves_the_others_and_no_trace(tmp_path, trained):
    with pytest.raises(RuntimeError, match="no"):
        library.build(small(), tmp_path, five() | {"z": Failing()}, show=False)
    assert {path.stem for path in tmp_path.glob("*.npz")} == set(five())
    assert not (tmp_path / "z.joblib").exists()


def test_writing_is_all_or_nothing(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")

    def half(part: Path) -> None:
        part.write_text("ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, half)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "before"


def test_two_jobs_give_what_one_gives(tmp_path, capsys):
    one = library.build(small(), tmp_path / "1", five(), show=False)
    two = library.build(small(), tmp_path / "2", five(), jobs=2)
    assert two.names == one.names
    np.testing.assert_allclose(one.test, two.test, atol=1e-6)
    assert "library of circle: 100%" in capsys.readouterr().out


def test_a_library_needs_a_model_and_a_folder(tmp_path):
    with pytest.raises(ValueError, match="a model or more"):
        library.build(small(), tmp_path, {}, show=False)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        library.build(small(), tmp_path / "file", five(), show=False)
    with pytest.raises(FileNotFoundError):
        library.fitted(tmp_path, ["tree-a"])


def test_a_net_among_others_is_the_net_alone():
    problem = small(n=1200)
    both = [Net(4, 20, seed=1), Net(12, 20, seed=2)]
    together = fit_nets(both, problem.train_x, problem.train_y)
    alone = Net(12, 20, seed=2).fit(problem.train_x, problem.train_y)
    p = together[1].predict_proba(problem.test_x)
    np.testing.assert_allclose(p, alone.predict_proba(problem.test_x), atol=1e-4)
    np.testing.assert_allclose(p.sum(1), 1)
    assert alone.score(problem.test_x, problem.test_y) > 0.8


def test_the_models_are_about_a_hundred_of_the_papers_families():
    named = models()
    assert 90 <= len(named) <= 120
    assert {family(name) for name in named} == set(FAMILIES)
    assert all(is_classifier(model) for model in named.values())
    assert len({repr(model) for model in named.values()}) == len(named)  # no model twice
    assert [repr(m) for m in models().values()] == [repr(m) for m in named.values()]
    assert all(re.fullmatch(r"[\w.-]+", name) for name in named)  # names of files


@pytest.mark.filterwarnings("error")
def test_every_model_learns_a_small_problem():
    # Every one gives probabilities; the best of each family do better than the share of class 1.
    problem = small(n=400)
    share = problem.train_y.mean()
    best: dict[str, float] = {}
    for name, model in models().items():
        if (isinstance(model, Net) and model.epochs > 20) or "512" in name:
            continue  # the same at greater length
        p = model.fit(problem.train_x, problem.train_y).predict_proba(problem.test_x)
        assert p.shape == (len(problem.test_y), 2)
        assert ((p >= 0) & (p <= 1)).all(), name
        np.testing.assert_allclose(p.sum(1), 1, err_msg=name)
        error = rmse(p[:, 1], problem.test_y)
        best[family(name)] = min(error, best.get(family(name), 1))
    assert max(best.values()) < 0.9 * np.sqrt(share * (1 - share))


def test_nominal_attributes_become_columns():
    rng = np.random.default_rng(0)
    codes = rng.integers(3, size=300).astype(float)
    x, y = np.stack([rng.random(300), codes], 1), (codes == 1).astype(int)
    linear = models((0, 3))["linear-logistic-C10"].fit(x[:200], y[:200])
    assert linear.score(x[200:], y[200:]) == 1  # of the codes as numbers it is no line
    assert models((0, 0))["linear-logistic-C10"].fit(x[:200], y[:200]).score(x, y) < 0.9
    unseen = np.array([[0.5, 7.0]])
    assert linear.predict_proba(unseen).shape == (1, 2)


def test_saved_predictions_are_within_half_a_255th(tmp_path):
    found = library.build(small(), tmp_path, five(), show=False)
    path = tmp_path / "kept.npz"
    recorded.save(found, path)
    kept = recorded.load(path)
    assert kept.names == found.names
    for part in ("climb", "test"):
        p, q = getattr(found, part), getattr(kept, part)
        assert np.abs(p - q).max() <= 0.5 / 255 + 1e-12
        assert (q[(p == 0) | (p == 1)] == p[(p == 0) | (p == 1)]).all()
        assert ((q >= 0.5) == (p >= 0.5)).all()  # no class changes
    np.testing.assert_array_equal(kept.bytes, found.bytes)
    np.testing.assert_allclose(kept.seconds, found.seconds, rtol=1e-6)
    np.testing.assert_allclose(kept.train_seconds, found.train_seconds, rtol=1e-6)


def test_the_command_builds_and_tells(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(library, "models", lambda values: five())
    monkeypatch.setattr(data, "problem", lambda name: small())
    assert zoo_command.main(["library", "--problem", "circle", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "circle: 5 models" in out
    kept = recorded.load(tmp_path / "library_circle.npz")
    told = re.search(r"on the test points: (\d\.\d{4}); written", out).group(1)
    error = rmse(recorded.teacher(kept, small()) @ kept.test, small().test_y)
    assert told == f"{error:.4f}"
    text = (tmp_path / "library_circle.md").read_text(encoding="utf-8")
    assert f"| bagged | {told} | " in text
    assert "| net | 2 |" in text
    assert len(list((tmp_path / "circle").glob("*.joblib"))) == 5


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    for name, told in (("letter.p3", "unknown problem"), ("medis", "never published")):
        with pytest.raises(SystemExit) as stop:
            zoo_command.main(["library", "--problem", name])
        assert stop.value.code == 2
        assert told in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert zoo_command.main(["library", "--out", str(tmp_path / "file")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


@pytest.fixture(scope="module", params=["p1", "p2"])
def letters(request):
    return data.letter(request.param)


def test_shipped_predictions_are_of_the_library_as_it_stands(letters):
    found = recorded.shipped(letters.name)
    assert found.names == tuple(models())
    assert found.climb.shape == (len(found), 1_000)
    assert found.test.shape == (len(found), 15_000)
    assert (found.bytes > 0).all()
    assert (found.train_seconds > 0).all()
    assert (found.seconds >= 0).all()
    assert f"{recorded.file_of(letters.name)}.npz" in SHAPES


def test_shipped_predictions_agree_with_models_trained_here(letters, tmp_path):
    found = recorded.shipped(letters.name)
    named = models()
    fresh = library.build(letters, tmp_path, {name: named[name] for name in CHEAP}, show=False)
    for name, climb, test in zip(fresh.names, fresh.climb, fresh.test, strict=True):
        i = found.names.index(name)
        assert np.abs(found.climb[i] - climb).max() < 0.51 / 255, name
        assert np.abs(found.test[i] - test).max() < 0.51 / 255, name


def test_teachers_from_shipped_predictions_are_those_on_the_card(letters):
    found = recorded.shipped(letters.name)
    text = (HERE / "data" / f"{recorded.file_of(letters.name)}.md").read_text(encoding="utf-8")
    alone = rmse(found.test, letters.test_y)
    best = rmse(found.climb, letters.climb_y).argmin()
    weights = {
        "best": np.eye(len(found))[best],
        "greedy": select(found.climb, letters.climb_y).weights,
        "bagged": recorded.teacher(found, letters),
    }
    errors = {name: rmse(w @ found.test, letters.test_y) for name, w in weights.items()}
    for name, w in weights.items():
        row = rf"\| {name} \| (\S+) \| (\d+) \| (\S+) \| (\S+) \|"
        error, members, seconds, mb = map(float, re.search(row, text).groups())
        assert error == pytest.approx(errors[name], abs=5.1e-5)
        assert members == (w > 0).sum()
        assert seconds == pytest.approx(found.seconds[w > 0].sum(), abs=5.1e-3)
        assert mb == pytest.approx(found.bytes[w > 0].sum() / 1e6, abs=0.051)
    assert f"hill climbing, {found.names[best]}." in " ".join(text.split())
    assert f"`greenlab zoo library --problem {letters.name}`" in text
    # The paper's order: the teacher beats the model that one would have picked, and most by far.
    assert errors["bagged"] < errors["best"]
    assert errors["bagged"] < errors["greedy"]
    assert errors["bagged"] < 0.85 * np.median(alone)


def test_the_shipped_files_are_small():
    sizes = [
        (HERE / "data" / f"{recorded.file_of(n)}.npz").stat().st_size for n in recorded.SHIPPED
    ]
    assert sum(sizes) < 2.5e6


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off"])
def test_shipped_predictions_missing_or_broken_name_file_and_remedy(tmp_path, content):
    path = tmp_path / "library_letter_p1.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuntimeError) as caught:
        recorded.load(path)
    assert str(path) in str(caught.value)
    assert reinstall(path) in str(caught.value)
    with pytest.raises(ValueError, match=r"letter\.p1"):
        recorded.shipped("adult")


def test_a_teacher_of_trained_models_labels_new_points(tmp_path):
    # As the lab does: weights from predictions, models from the folder, for those with a weight.
    problem = small()
    found = library.build(problem, tmp_path, five(), show=False)
    weights = select(found.climb, problem.climb_y, 20).weights
    names = [name for name, w in zip(found.names, weights, strict=True) if w]
    members = library.fitted(tmp_path, names)
    teacher = EnsembleSelection(members, prefit=True, steps=20).fit(
        problem.climb_x, problem.climb_y
    )
    p = teacher.predict_proba(problem.test_x)[:, 1]
    np.testing.assert_allclose(p, weights @ found.test, atol=1e-6)
