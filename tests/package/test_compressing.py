"""The study of model compression: small, whole, stopped and gone on; the recorded full run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from greenlab import cli, compressing, data, students, study
from greenlab.compressing import METHODS, Recipe, Row, Study
from greenlab.metrics import rmse
from greenlab.mimic import label
from greenlab.shipped import SHAPES
from greenlab.zoo import recorded as library
from greenlab.zoo import selected
from greenlab.zoo.models import family

SMALL = Recipe(
    problems=("letter.p1",),
    seeds=2,
    families=("tree", "bayes"),
    rows=150,
    copies=(1, 3),
    wide=3,
    widths=(1, 4, 128),
    seen=1200,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small study run to its end: its folder and rows."""
    folder = tmp_path_factory.mktemp("study")
    return folder, Study(folder, SMALL).run()


def test_each_student_is_there_once(whole):
    _, rows = whole
    expected = {("letter.p1", m, s, 150, 128) for m in METHODS[:2] for s in (0, 1)}
    expected |= {("letter.p1", m, s, n, 128) for m in METHODS[2:] for s in (0, 1)
                 for n in (300, 600)}  # fmt: skip
    expected |= {("letter.p1", "munge", s, 600, w) for s in (0, 1) for w in (1, 4)}
    expected |= {("letter.p1", m, s, 150, 0) for s in (0, 1) for m in ("single", "teacher")}
    found = [(r.problem, r.method, r.seed, r.rows, r.units) for r in rows]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert all(0 < r.rmse < 1 for r in rows)
    assert rows == compressing.in_order(rows)


def test_what_is_written_is_what_is_read(whole):
    folder, rows = whole
    assert compressing.read(folder / "results.csv") == rows
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_the_teacher_labels_the_real_rows_and_then_the_synthetic_ones(whole):
    folder, rows = whole
    small = Study(folder, SMALL)
    problem = small._problem("letter.p1", 1)
    members, weights = small._teacher(problem, 1)
    assert {family(member.name) for member in members} <= {"tree", "bayes"}
    (alone,) = (r.rmse for r in rows if (r.method, r.seed) == ("teacher", 1))
    answers = label(problem.test_x, members, weights)
    assert alone == pytest.approx(float(rmse(answers, problem.test_y)), abs=1e-5)
    for method in METHODS[2:]:
        with np.load(folder / f"letter.p1_{method}_1.npz") as file:
            x, y = file["x"], file["y"]
        assert len(x) == len(y) == 600
        made = compressing.synthetic(problem, method, SMALL, 1)
        rows = np.concatenate([problem.train_x, made])
        assert np.array_equal(x, rows.astype(np.float32))
        assert np.array_equal(y, label(rows, members, weights).astype(np.float32))
    assert np.array_equal(problem.train_x, data.letter("p1", split=1).train_x[:150])
    a, b = (compressing.synthetic(problem, "munge", SMALL, seed) for seed in (0, 1))
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("stop_at", [0, 1, 4, 11])
def test_a_stopped_study_goes_on_to_the_same_rows(stop_at, whole, tmp_path, monkeypatch):
    train, calls = Study._students, []

    def stopping(self, *args):
        calls.append(1)
        if len(calls) > stop_at:
            raise KeyboardInterrupt
        return train(self, *args)

    monkeypatch.setattr(Study, "_students", stopping)
    with pytest.raises(KeyboardInterrupt):
        Study(tmp_path, SMALL).run()
    monkeypatch.setattr(Study, "_students", train)
    assert Study(tmp_path, SMALL).run() == whole[1]


def test_workers_make_the_same_rows(whole, tmp_path):
    assert Study(tmp_path, SMALL, workers=2).run() == whole[1]
    assert (tmp_path / "results.csv").read_bytes() == (whole[0] / "results.csv").read_bytes()


def test_a_study_that_is_done_trains_nothing(whole, monkeypatch):
    monkeypatch.setattr(Study, "_students", lambda *_: pytest.fail("it trained"))
    monkeypatch.setattr(Study, "_library", lambda *_: pytest.fail("it asked"))
    assert Study(whole[0], SMALL).run() == whole[1]


def test_a_broken_file_of_labels_is_made_again(whole, tmp_path):
    first = Study(tmp_path, SMALL)
    (tmp_path / "letter.p1_rand_0.npz").write_bytes(b"PK\x03\x04 cut off")
    rows = first.stage("letter.p1", "rand", 0)
    assert rows == [r for r in whole[1] if (r.method, r.seed) == ("rand", 0)]


def test_another_recipe_needs_another_folder(whole):
    with pytest.raises(ValueError, match="another recipe"):
        Study(whole[0], replace(SMALL, seen=1300))


def test_other_versions_need_another_folder(whole, monkeypatch):
    monkeypatch.setattr(study, "version", lambda _: "0.0")
    with pytest.raises(ValueError, match="other versions"):
        Study(whole[0], SMALL)


def test_each_student_is_shown_as_many_rows(tmp_path, monkeypatch):
    asked = []

    def fit(widths, x, targets, *, generators, epochs):
        asked.append((len(x), epochs, len({g.initial_seed() for g in generators})))
        return [None] * len(widths)

    half = torch.full((15_000,), 0.5)
    stand_in = SimpleNamespace(fit=fit, probabilities=lambda *_: half, EPOCHS=students.EPOCHS)
    monkeypatch.setattr(compressing, "students", stand_in)
    small = Study(tmp_path, replace(SMALL, seen=60_000))
    for method in (*METHODS, "units"):
        small.stage("letter.p1", method, 0)
    assert asked[0] == (150, 60, 1)  # without a teacher: no more than 60 epochs
    assert asked[1] == (150, 400, 1)
    assert asked[2:8] == [(300, 200, 1), (600, 100, 1)] * 3
    assert asked[8:] == [(600, 100, 2)]


def until(holds: Callable[[], bool], seconds: float = 180) -> bool:
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


def running() -> dict[int, int]:
    """The processes that are alive: number and parent's number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if state != "Z":
            found[int(path.parent.name)] = int(parent)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("module", "recipe"),
    [
        ("compressing", "('letter.p1',), 2, ('tree',), 150, (1, 3), wide=3, seen=10**9"),
        ("tradeoff", "epochs=10**6, dense_epochs=10**6"),
    ],
)
def test_a_killed_study_leaves_no_worker_behind(tmp_path, module, recipe):
    code = (
        f"from pathlib import Path\nfrom greenlab.{module} import Recipe, Study\n"
        "if __name__ == '__main__':\n"
        f"    Study(Path({str(tmp_path / 'out')!r}), Recipe({recipe}), workers=2).run()\n"
    )
    script = tmp_path / "run.py"
    script.write_text(code)
    main = subprocess.Popen([sys.executable, script])
    try:

        def workers() -> list[int]:
            return [pid for pid, parent in running().items() if parent == main.pid]

        assert until(lambda: len(workers()) == 3)  # and multiprocessing's own
        time.sleep(2)
        before = workers()
    finally:
        os.kill(main.pid, signal.SIGKILL)
        main.wait()
    assert until(lambda: not running().keys() & set(before), 30)


# The recorded full study


def mean(rows: list[Row], /, **wanted: object) -> float:
    found = [r.rmse for r in rows if all(getattr(r, k) == v for k, v in wanted.items())]
    assert len(found) == 3
    return float(np.mean(found))


def test_the_recorded_study_is_the_whole_one():
    rows, recipe = compressing.recorded(), Recipe()
    each = 2 + 2 + 3 * len(recipe.copies) + len(recipe.widths) - 1
    assert len(rows) == len(recipe.problems) * recipe.seeds * each
    assert SHAPES["model_compression.csv"] == {"table": (len(rows), 6)}
    assert {r.rows for r in rows} == {4000, *(4000 * (1 + k) for k in recipe.copies)}
    assert rows == compressing.in_order(rows)


@pytest.mark.parametrize("problem", Recipe().problems)
def test_the_recorded_lines_lie_as_in_the_paper(problem):
    rows = compressing.recorded()
    known = compressing.levels(rows)[problem]
    at = {m: mean(rows, problem=problem, method=m, rows=400_000, units=128) for m in METHODS[2:]}
    assert at["munge"] < at["nbe"] < at["rand"]
    apart = {method: abs(error - known["teacher"]) for method, error in at.items()}
    assert min(apart, key=apart.get) == "munge"
    assert known["teacher"] < known["best single model"]
    assert at["munge"] < mean(rows, problem=problem, method="real", rows=4000)
    assert at["munge"] < mean(rows, problem=problem, method="labels", rows=4000)
    few, more, many = (
        mean(rows, problem=problem, method="munge", rows=100_000, units=units)
        for units in (1, 16, 128)
    )
    assert many < more < few


@pytest.mark.parametrize("problem", Recipe().problems)
def test_rand_rises_and_munge_falls_and_on_every_split_they_end_in_order(problem):
    rows = compressing.recorded()
    sizes = (8_000, 16_000, 32_000, 64_000, 100_000, 200_000, 400_000)
    rand, munge = (
        [mean(rows, problem=problem, method=m, rows=n, units=128) for n in sizes]
        for m in ("rand", "munge")
    )
    assert rand == sorted(rand)
    assert munge[-1] < munge[0]
    assert rand[1] > mean(rows, problem=problem, method="real", rows=4000) > munge[-1]
    for seed in range(Recipe().seeds):
        own = [r for r in rows if (r.problem, r.seed, r.rows) == (problem, seed, 400_000)]
        at = {r.method: r.rmse for r in own if r.units == 128}
        assert at["munge"] < at["nbe"] < at["rand"]


def test_the_shipped_library_is_the_first_split_of_the_study():
    for name in Recipe().problems:
        shipped, problem = library.shipped(name), data.problem(name)
        card = (data.SHIPPED.parent / f"{library.file_of(name)}.md").read_text(encoding="utf-8")
        best = re.search(r"\| best \| ([.\d]+) \|", card)[1]
        lines = selected.lines(shipped, problem)
        assert f"{lines['best single model']:.4f}" == best
        weights = selected.chosen(shipped, problem)
        assert sum(weights.values()) == pytest.approx(1)
        mixed = sum(w * shipped.test[shipped.names.index(m)] for m, w in weights.items())
        assert lines["teacher"] == pytest.approx(float(rmse(mixed, problem.test_y)))
        recorded = {
            r.method: r.rmse
            for r in compressing.recorded()
            if r.seed == r.units == 0 and r.problem == name
        }
        assert recorded["teacher"] == pytest.approx(lines["teacher"], abs=2e-3)
        assert recorded["single"] == pytest.approx(lines["best single model"], abs=2e-3)


def test_levels_are_means_over_the_splits():
    rows = [Row("a", "teacher", s, 9, 0, v) for s, v in enumerate((0.1, 0.2, 0.6))]
    rows += [Row("a", "single", 0, 9, 0, 0.5), Row("a", "munge", 0, 9, 4, 0.9)]
    assert compressing.levels(rows) == {
        "a": {"teacher": pytest.approx(0.3), "best single model": 0.5}
    }
    with pytest.raises(ValueError, match='a has no rows of the method "single"'):
        compressing.levels(rows[:3])


def test_the_recorded_study_has_a_card():
    card = (data.SHIPPED.parent / "model_compression.md").read_text(encoding="utf-8")
    assert card.startswith("# Data card: model_compression\n")
    assert "`greenlab study compression`" in card
    recipe = Recipe()
    assert f"{recipe.seen:,}" in card
    rows = compressing.recorded()
    for problem in recipe.problems:
        for method in METHODS[2:]:
            value = mean(rows, problem=problem, method=method, rows=400_000, units=128)
            assert f"{value:.4f}" in card, (problem, method)


def test_the_command_runs_a_study_and_draws_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(compressing, "Recipe", lambda seeds: replace(SMALL, seeds=seeds))
    words = ["study", "compression", "--out", str(tmp_path)]
    assert cli.main([*words, "--seeds", "1", "--workers", "1"]) == 0
    for name in ("size.png", "units.png"):
        assert (tmp_path / name).stat().st_size > 10_000
    out = capsys.readouterr().out
    assert re.search(r"10 students, \d+ s; in .*: results.csv, size.png, units.png", out)
    with pytest.raises(SystemExit):
        study.main(["compression", "--out", str(tmp_path), "--seeds", "2"])
    assert "another recipe" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        study.main(["compression", "--seeds", "0"])
