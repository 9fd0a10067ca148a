"""The trade-off study: small, whole, stopped and gone on; its figure; the recorded full run."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from greenlab import cli, data, plots, prune_together, study, tradeoff
from greenlab.deploy import Timing
from greenlab.energy import Reading
from greenlab.plots import pruning as figures
from greenlab.tradeoff import DENSE, LINES, Recipe, Row, Study

SMALL = Recipe(
    seeds=2,
    densities=(0.5, 0.2, 0.05),
    dense_epochs=2,
    cool=1,
    epochs=2,
    batch=50,
    sizes=(784, 12, 10),
    digits=300,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small study run to its end: its folder and rows."""
    folder = tmp_path_factory.mktemp("study")
    return folder, Study(folder, SMALL).run()


def test_each_line_has_each_seed_at_each_density(whole):
    _, rows = whole
    expected = {(line, s, d) for line in LINES for s in (0, 1) for d in SMALL.densities}
    expected |= {(line, s, 1.0) for line in DENSE.values() for s in (0, 1)}
    assert {(r.line, r.seed, r.density) for r in rows} == expected
    assert len(rows) == len(expected)
    assert all(0 <= r.errors <= 2000 for r in rows)


def test_what_is_written_is_what_is_read(whole):
    folder, rows = whole
    assert tradeoff.read(folder / "results.csv") == rows
    assert not list(folder.glob("*.part"))
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("stop_at", [0, 1, 5, 11])
def test_a_stopped_study_goes_on_to_the_same_rows(stop_at, whole, tmp_path, monkeypatch):
    train, calls = Study._train, []

    def stopping(self, *args):
        calls.append(1)
        if len(calls) > stop_at:
            raise KeyboardInterrupt
        train(self, *args)

    monkeypatch.setattr(Study, "_train", stopping)
    with pytest.raises(KeyboardInterrupt):
        Study(tmp_path, SMALL).run()
    monkeypatch.setattr(Study, "_train", train)
    assert Study(tmp_path, SMALL).run() == whole[1]


def test_workers_make_the_same_rows(whole, tmp_path):
    assert Study(tmp_path, SMALL, workers=2).run() == whole[1]
    assert (tmp_path / "results.csv").read_bytes() == (whole[0] / "results.csv").read_bytes()


def test_an_iterative_level_waits_for_the_one_before(tmp_path):
    small = Study(tmp_path, SMALL)
    ready = [(line, d) for d in SMALL.densities for line in LINES[2:] if small._ready(line, d)]
    assert ("L2 iterative", 0.5) in ready
    assert ("L2 iterative", 0.2) not in ready
    assert ("L2 retrain", 0.05) in ready
    small.rows = [Row("L2 iterative", 0, 0.5, 9)]
    assert small._ready("L2 iterative", 0.2)
    assert not small._ready("L2 iterative", 0.05)


def test_a_study_that_is_done_trains_nothing(whole, monkeypatch):
    monkeypatch.setattr(Study, "_train", lambda *_: pytest.fail("it trained"))
    assert Study(whole[0], SMALL).run() == whole[1]


def test_a_kill_between_weights_and_rows_does_no_harm(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "b")
    lines = (tmp_path / "b" / "results.csv").read_text().splitlines(keepends=True)
    (tmp_path / "b" / "results.csv").write_text("".join(lines[:-2]))  # the last level's rows
    assert Study(tmp_path / "b", SMALL).run() == whole[1]


def test_another_recipe_needs_another_folder(whole):
    with pytest.raises(ValueError, match="another recipe"):
        Study(whole[0], replace(SMALL, epochs=3))


def test_iterative_goes_on_from_the_level_before_and_retraining_from_dense(tmp_path, monkeypatch):
    seen = []

    def retrain(models, masks, *_, **__):
        seen.append(([int(m[0].weight.count_nonzero()) for m in models], masks[0].density))
        for model, mask in zip(models, masks, strict=True):
            mask.apply(model)

    monkeypatch.setattr(prune_together, "retrain", retrain)
    monkeypatch.setattr(tradeoff, "SPARSE_BELOW", 0)
    Study(tmp_path, SMALL).run()
    n = 784 * 12
    levels = seen[4:]  # after two parts of each dense training
    for i, (line, before) in enumerate((
        ("L1 retrain", [n, n, n]), ("L2 retrain", [n, n, n]),
        ("L2 iterative", [n, round(0.5 * n), round(0.2 * n)]),
    )):  # fmt: skip
        own = levels[i::3]
        assert [density for _, density in own] == pytest.approx(SMALL.densities, abs=1e-3), line
        assert [counts for counts, _ in own] == [[b, b] for b in before], line


def test_sparse_and_dense_training_give_the_same_study(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(tradeoff, "SPARSE_BELOW", 0)
    for a, b in zip(Study(tmp_path, SMALL).run(), whole[1], strict=True):
        assert (a.line, a.seed, a.density) == (b.line, b.seed, b.density)
        assert abs(a.errors - b.errors) <= 40  # rounding grows; seeds differ by far more


# The recorded full study against what papers.md checked


def mean(rows: list[Row], line: str, density: float) -> float:
    """Percent wrong, mean over the seeds."""
    return float(np.mean([r.errors for r in rows if (r.line, r.density) == (line, density)])) / 20


def test_the_recorded_study_is_the_whole_one():
    rows, recipe = tradeoff.recorded(), Recipe()
    levels = {(r.line, r.density) for r in rows if r.line in LINES}
    assert levels == {(line, d) for line in LINES for d in recipe.densities}
    assert {r.seed for r in rows} == {0, 1, 2}
    assert len(rows) == 3 * (len(LINES) * len(recipe.densities) + 2)


def test_the_recorded_lines_lie_in_the_paper_s_order():
    rows = tradeoff.recorded()
    dense = mean(rows, "L2 dense", 1.0)
    assert dense < 6
    for d in (0.2, 0.1):
        assert mean(rows, "L1 no retrain", d) < mean(rows, "L2 no retrain", d)
        for penalty in ("L1", "L2"):
            assert mean(rows, f"{penalty} retrain", d) < mean(rows, f"{penalty} no retrain", d)
    for d in (0.1, 0.05, 0.03, 0.02):
        assert mean(rows, "L2 iterative", d) < mean(rows, "L2 retrain", d)
    for d in (0.5, 0.3, 0.2, 0.1):
        assert mean(rows, "L2 retrain", d) < mean(rows, "L1 retrain", d)
    assert all(mean(rows, "L2 iterative", d) <= dense + 0.2 for d in (0.5, 0.3, 0.1, 0.05))
    assert mean(rows, "L2 no retrain", 0.1) > 30


def test_the_recorded_study_has_a_card():
    card = (data.SHIPPED.parent / "pruning_tradeoff.md").read_text(encoding="utf-8")
    assert card.startswith("# Data card: pruning_tradeoff\n")
    assert "`greenlab study pruning`" in card
    assert "8,000" in card
    assert "2,000" in card


# Figures and the command


@pytest.fixture
def said(capsys):
    """A figure's message in words."""
    plots.use_style()

    def words() -> str:
        plt.gcf().canvas.draw()
        return " ".join(capsys.readouterr().out.split())

    return words


def test_the_figure_draws_five_lines_and_says_how_far_each_holds(said):
    rows = [Row(d, s, 1.0, 100) for d in DENSE.values() for s in (0, 1)]
    for i, line in enumerate(LINES):
        rows += [Row(line, s, d, 100 + 10 * s) for s in (0, 1) for d in (0.5, 0.3)[: i + 1]]
        rows += [Row(line, s, 0.1, 900) for s in (0, 1)]
    fig = figures.tradeoff(rows, 2000)
    words = said()
    assert "L2 no retrain to 50%; L1 no retrain to 70%" in words
    assert "2 seeds" in words
    left = fig.axes[0]
    assert [t.get_text() for t in left.get_legend().get_texts()] == list(LINES)
    first, *others = (line[0].get_xdata() for line in left.containers)
    assert first.tolist() == pytest.approx([50, 90], abs=0.7)  # a little beside the other lines
    assert len({float(x[-1]) for x in (first, *others)}) == len(LINES)
    drawn = left.containers[0][0].get_ydata()
    assert drawn.tolist() == pytest.approx([-0.25, -40])  # (100 − 105) of 2,000


@pytest.mark.parametrize("most", [0.6, 0.3])
def test_the_figure_begins_where_the_lines_begin(most):
    rows = [Row(d, 0, 1.0, 100) for d in DENSE.values()]
    rows += [Row(line, 0, d, 100) for line in LINES for d in (most, 0.1)]
    for ax in figures.tradeoff(rows, 2000).axes:
        assert ax.get_xlim() == pytest.approx((100 * (1 - most) - 2, 100))


def timing(form: str, sparsity: float, ratio: float) -> Timing:
    readings = tuple(Reading({}, ratio * k, "unavailable", "", ()) for k in (1.0, 1.1, 0.9))
    return Timing(form, sparsity, 1, readings, (1.0, 1.0, 1.0))


def test_the_runtime_figure_marks_the_break_even(said):
    timings = [timing("scipy CSR", s, r) for s, r in ((0.8, 2.0), (0.9, 0.5))]
    timings += [timing("torch CSR", s, r) for s, r in ((0.8, 4.0), (0.9, 2.0))]
    timings += [timing("masked dense", s, 1.0) for s in (0.8, 0.9)]
    fig = figures.runtime(timings, "784×300,")
    words = said()
    assert "scipy CSR, batch 1: from 85% pruned" in words
    assert "torch CSR, batch 1: not up to 90% pruned" in words
    assert "batch 1: masked dense 1×, scipy CSR 0.5×, torch CSR 2×." in words
    stars = [line for line in fig.axes[0].lines if line.get_marker() == "*"]
    assert [star.get_xdata()[0] for star in stars] == pytest.approx([85])


def test_the_command_runs_a_study_and_draws_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tradeoff, "Recipe", lambda seeds: replace(SMALL, seeds=seeds))
    words = ["study", "pruning", "--out", str(tmp_path)]
    assert cli.main([*words, "--seeds", "1", "--workers", "1"]) == 0
    assert (tmp_path / "tradeoff.png").stat().st_size > 10_000
    out = capsys.readouterr().out
    assert re.search(r"17 networks, \d+ s; in .*: results.csv, tradeoff.png", out)
    with pytest.raises(SystemExit):
        study.main(["pruning", "--out", str(tmp_path), "--seeds", "2"])
    assert "another recipe" in capsys.readouterr().err
    for wrong in (["pruning", "--seeds", "0"], ["nothing"], []):
        with pytest.raises(SystemExit):
            study.main(wrong)
