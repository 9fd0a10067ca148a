"""The letters: bytes, split and targets; Adult and Covertype by a stand-in; what can't be had."""

from __future__ import annotations

import hashlib
import urllib.error
from importlib.resources import files

import numpy as np
import pytest
from sklearn import datasets
from sklearn.utils import Bunch

from greenlab import data
from greenlab.data import problems
from greenlab.installed import reinstall

FILE = files("greenlab.data") / "letter.npz"
SHA256 = "b870b2b68dc23f855747434cec9d39ed9f99c2f92dc49aa4a44694bc4c15d50e"
N = 5_200


@pytest.fixture(scope="module")
def raw():
    with np.load(str(FILE)) as file:
        return file["features"], file["letters"]


@pytest.fixture
def census(monkeypatch):
    """fetch_openml as it answers for Adult: codes as floats, NaN where one is missing."""
    rng = np.random.default_rng(0)
    x = np.stack([rng.integers(17, 91, N), rng.integers(3, size=N), rng.integers(2, size=N)], 1)
    x = x.astype(np.float64)
    x[:40, 1] = np.nan
    target = np.where(x[:, 0] > 50, ">50K", "<=50K").astype(object)
    categories = {"workclass": ["Private", "Gov", "Self"], "sex": ["Female", "Male"]}
    names = ["age", "workclass", "sex"]
    table = Bunch(data=x, target=target, feature_names=names, categories=categories)
    asked = []

    def fetch(name: str, **options: object) -> Bunch:
        asked.append((name, options))
        return table

    monkeypatch.setattr(datasets, "fetch_openml", fetch)
    return table, asked


@pytest.fixture
def forest(monkeypatch):
    """fetch_covtype as it answers: 10 numbers, 4 and 40 columns of 0 and 1, classes 1 … 7."""
    rng = np.random.default_rng(0)
    area, soil = rng.integers(4, size=N), rng.integers(40, size=N)
    x = np.hstack([rng.normal(2000, 300, (N, 10)), np.eye(4)[area], np.eye(40)[soil]])
    kind = rng.integers(1, 8, N).astype(np.int32)
    monkeypatch.setattr(datasets, "fetch_covtype", lambda **options: (x, kind))
    return x, kind, area, soil


def parts(problem: data.Problem) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.concatenate([problem.train_x, problem.climb_x, problem.test_x]),
        np.concatenate([problem.train_y, problem.climb_y, problem.test_y]),
    )


def test_the_shipped_bytes_are_the_ones_that_results_were_made_with():
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256


@pytest.mark.parametrize("split", [0, 1, 7])
@pytest.mark.parametrize(("which", "positive"), [("p1", "O"), ("p2", "ABCDEFGHIJKLM")])
def test_each_row_keeps_its_attributes_and_its_target(raw, which, positive, split):
    features, letters = raw
    problem = data.letter(which, split)
    order = np.random.default_rng(split).permutation(20_000) if split else np.arange(20_000)
    x, y = parts(problem)
    np.testing.assert_allclose(x * 15, features[order], atol=1e-12)
    assert y.tolist() == [int(letter in positive) for letter in letters[order]]
    assert (x.dtype, y.dtype) == (np.float64, np.int64)
    assert (x.min(), x.max()) == (0.0, 1.0)
    assert (problem.values, problem.nominal) == ((0,) * 16, ())


def test_the_split_has_the_paper_s_sizes_and_both_problems_share_it():
    p1, p2 = data.letter("p1"), data.letter("p2")
    for problem in (p1, p2):
        assert [len(y) for y in (problem.train_y, problem.climb_y, problem.test_y)] == [
            4_000,
            1_000,
            15_000,
        ]
    for part in ("train_x", "climb_x", "test_x"):
        np.testing.assert_array_equal(getattr(p1, part), getattr(p2, part))


def test_positives_in_each_part():
    # Counted from the file.
    p1, p2 = data.letter("p1"), data.letter("p2")
    assert [int(y.sum()) for y in (p1.train_y, p1.climb_y, p1.test_y)] == [149, 38, 566]
    assert int(p2.train_y.sum()) == 2055


def test_the_repr_counts_what_is_there():
    assert repr(data.letter("p1")) == (
        "letter.p1: 4,000 rows to train, 1,000 for hill climbing, 15,000 to test; "
        "16 attributes, 0 of them nominal; 3.7% positive"
    )


def test_the_data_card_tells_origin_license_split_and_limits(raw):
    card = (files("greenlab.data") / "letter.md").read_text(encoding="utf-8")
    for part in ("D. Slate", "CC BY 4.0", "in the order of the file", "4,000", "15,000"):
        assert part in card
    features, letters = raw
    repeated = len(features) - len(np.unique(features, axis=0))
    assert f"{repeated:,} rows repeat" in card
    assert f"O is\n  {(letters == 'O').mean():.1%}".replace("%", " %") in card
    assert f"A–M {(letters <= 'M').mean():.1%}".replace("%", " %") in card


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off", "short"])
def test_letters_missing_or_broken_name_file_and_remedy(tmp_path, monkeypatch, content):
    path = tmp_path / "letter.npz"
    monkeypatch.setattr(problems, "LETTERS", path)
    if content == "short":
        np.savez(path, features=np.zeros((3, 16)), letters=np.array(list("ABO")))
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(data.DataUnavailable) as caught:
        data.letter("p1")
    assert str(path) in str(caught.value)
    assert reinstall(path) in str(caught.value)


@pytest.mark.parametrize("split", [0, 3])
def test_adult_tells_attributes_apart_and_makes_missing_a_value(census, capsys, split):
    table, asked = census
    problem = data.adult(split)
    (name, options), *more = asked
    assert (name, options["version"], more) == ("adult", 2, [])
    assert (problem.name, problem.values, problem.nominal) == ("adult", (0, 4, 2), (1, 2))
    x, y = parts(problem)
    order = np.random.default_rng(split).permutation(N)
    age, work, sex = table.data[order].T
    np.testing.assert_allclose(x[:, 0], (age - 17) / (90 - 17))
    np.testing.assert_array_equal(x[:, 1], np.where(np.isnan(work), 3, work))
    np.testing.assert_array_equal(x[:, 2], sex)
    np.testing.assert_array_equal(y, age > 50)
    assert [len(y) for y in (problem.train_y, problem.climb_y, problem.test_y)] == [4000, 1000, 200]
    assert np.isnan(table.data[:40, 1]).all()  # the fetcher's own copy is as it was
    assert "Fetching Adult" in capsys.readouterr().out


@pytest.mark.parametrize("split", [0, 3])
def test_covertype_gathers_its_44_columns_into_two_nominal_attributes(forest, split):
    raw_x, kind, area, soil = forest
    problem = data.covertype(split)
    assert problem.values == (0,) * 10 + (4, 40)
    x, y = parts(problem)
    order = np.random.default_rng(split).permutation(N)
    np.testing.assert_array_equal(x[:, 10:], np.stack([area, soil], 1)[order])
    np.testing.assert_array_equal(y, kind[order] == 2)
    assert x[:, :10].min(0).tolist() == [0] * 10
    assert x[:, :10].max(0).tolist() == [1] * 10
    np.testing.assert_array_equal(x[:, 3].argsort(), raw_x[order, 3].argsort())


@pytest.mark.parametrize("fault", ["no area", "two soils", "one class", "short", "missing"])
def test_a_table_that_is_not_the_one_meant_is_refused(forest, monkeypatch, fault):
    x, kind, *_ = forest
    if fault == "no area":
        x[7, 10:14] = 0
    elif fault == "two soils":
        x[7, 14:54] = np.eye(40)[3] + np.eye(40)[5]
    elif fault == "one class":
        kind[:] = 2
    elif fault == "missing":
        x[7, 3] = np.nan
    else:
        monkeypatch.setattr(datasets, "fetch_covtype", lambda **o: (x[:5_000], kind[:5_000]))
    with pytest.raises(data.DataUnavailable, match="Covertype"):
        data.covertype()


@pytest.mark.parametrize("name", ["adult", "covtype"])
def test_without_a_network_the_message_names_cause_and_the_letters(monkeypatch, name):
    def fail(*args: object, **options: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(datasets, "fetch_openml", fail)
    monkeypatch.setattr(datasets, "fetch_covtype", fail)
    with pytest.raises(data.DataUnavailable, match="no route to host") as caught:
        data.problem(name)
    assert 'data.letter("p1")' in str(caught.value)
    assert isinstance(caught.value.__cause__, urllib.error.URLError)


def test_problems_go_by_the_paper_s_names(census, forest):
    for name in ("letter.p1", "letter.p2", "adult", "covtype"):
        assert data.problem(name).name == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("medis", "never published"),
        ("mg", "never published"),
        ("slac", "Stanford"),
        ("hs", "no one file"),
    ],
)
def test_the_paper_s_other_four_say_why_they_can_t_be_had(name, why):
    with pytest.raises(data.DataUnavailable, match=why) as caught:
        data.problem(name)
    assert "letter.p1" in str(caught.value)


@pytest.mark.parametrize("name", ["", "p1", "letter", "LETTER.P1", "mnist"])
def test_an_unknown_name_lists_those_that_there_are(name):
    with pytest.raises(ValueError, match=r"letter\.p1.*covtype"):
        data.problem(name)


@pytest.mark.parametrize("name", ["letter.p1", "adult", "covtype"])
def test_a_split_below_zero_is_refused_and_others_differ(census, forest, name):
    with pytest.raises(ValueError, match="non-negative"):
        data.problem(name, -1)
    rows = [data.problem(name, split).train_x.tobytes() for split in (0, 0, 1, 2)]
    assert rows[0] == rows[1]
    assert len(set(rows)) == 3


@pytest.mark.parametrize("which", ["", "p3", "P1", "O"])
def test_an_unknown_letter_problem_lists_both(which):
    with pytest.raises(ValueError, match=r"p1.*p2"):
        data.letter(which)
