"""The figures of the cost lab: what is drawn, and what is said of it."""

from __future__ import annotations

import re
import runpy
import warnings
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from greenlab import cost, plots
from greenlab.plots import cost as figures

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "flops.py"


@pytest.fixture(autouse=True)
def strict():
    """The labs' style; a warning is a failure."""
    plots.use_style()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def words(capsys):
    """The figure's message in words."""

    def said() -> str:
        plt.gcf().canvas.draw()  # warnings about layout and glyphs come here
        text = " ".join(capsys.readouterr().out.splitlines())
        assert text.startswith("In words: ")
        for ax in plt.gcf().axes:
            assert re.search(r"\w", ax.get_xlabel())
            assert re.search(r"\w", ax.get_ylabel())
        return text

    return said


def drawn(ax: plt.Axes) -> dict[str, np.ndarray]:
    """The labeled lines of `ax`."""
    return {line.get_label(): np.column_stack(line.get_data()) for line in ax.lines}


def test_accuracy_against_fpo(words):
    models = cost.imagenet_models()
    best = cost.frontier([m.flops for m in models], [m.top1 for m in models])
    figures.accuracy_against_fpo(models, best)
    said = words()
    assert "112 models. Along the frontier of 20, top-1 rises from 60.6%" in said
    assert "The other 92 cost more" in said
    (ax,) = plt.gcf().axes
    assert ax.get_xscale() == "log"
    lines = drawn(ax)
    plain, more = lines["published model"], lines["trained on more images (SWAG)"]
    assert len(plain) + len(more) == 112
    assert len(more) == sum("SWAG" in m.weights for m in models)
    ends = lines["frontier: none cheaper is as good"][[0, -1]]
    assert ends.tolist() == [[models[i].flops, models[i].top1] for i in (best[0], best[-1])]
    assert {text.get_text() for text in ax.texts} == {name for name, _ in figures.NAMED}


def test_a_frontier_of_one_model_has_no_slope(words):
    figures.accuracy_against_fpo(cost.imagenet_models()[:1], [0])
    assert "grows 1-fold. The" in words()


def test_learning_curve(words):
    sizes = [100, 200, 200, 400, 800]
    law = cost.learning_curve(sizes, [31, 22, 24, 16.5, 12])
    figures.learning_curve(sizes, [31, 22, 24, 16.5, 12], law)
    said = words()
    assert f"n^(−{law.exponent:.2f}) + {law.asymptote:.3g}" in said
    assert f"to {float(law(1600)):.3g} if it went on" in said
    left, right = plt.gcf().axes
    lines = drawn(left)
    assert lines["your runs"].tolist() == [[100, 31], [200, 22], [200, 24], [400, 16.5], [800, 12]]
    assert lines["fitted power law"][:, 0].max() == pytest.approx(800)
    assert lines["beyond the data: a guess"][:, 0].min() == pytest.approx(800)
    assert left.get_ylim()[0] == 0
    np.testing.assert_allclose(right.lines[-1].get_ydata(), law.residuals)


@pytest.mark.parametrize("replacement", [True, False])
def test_best_of_trials(replacement, words):
    scores = {"small": [70, 80, 90], "large": [75, 95]}
    figures.best_of_trials(scores, "accuracy in %", replacement, share=0.5)
    said = words()
    best = cost.expected_best(3, scores["small"], replacement)
    assert f"small: one trial gives 80 on average, the best of 3 {best:.4g}" in said
    assert "best that was seen is 90; large: one trial gives 85" in said
    (ax,) = plt.gcf().axes
    small = drawn(ax)["small"]
    assert small[:, 0].tolist() == [1, 2, 3]
    assert small[-1, 1] == pytest.approx(best)
    band = ax.collections[0].get_paths()[0].vertices
    for n in (1, 2, 3):
        low, high = cost.best_band(n, scores["small"], replacement, 0.5)
        heights = band[band[:, 0] == n, 1]
        assert (heights.min(), heights.max()) == (low, high)


@pytest.fixture
def trend() -> tuple[list[cost.Compute], cost.Growth]:
    rows = cost.training_compute()
    headline = [row for row in rows if row.kind == "headline"]
    return rows, cost.doubling_time([r.year for r in headline], [r.pfs_days for r in headline])


def test_compute_trend(trend, words):
    rows, growth = trend
    figures.compute_trend(rows, growth)
    said = words()
    assert "from Dropout (2012-07) to AlphaGo Zero (2017-10)" in said
    assert f"12 known results doubled every {growth.months:.1f} months (95% interval" in said
    assert "Every amount is approximate. 6 other results" in said
    (ax,) = plt.gcf().axes
    assert ax.get_yscale() == "log"
    labels = {text.get_text() for text in ax.texts}
    assert labels == {r.model for r in rows} - {"AlphaGo Zero"} | {"AlphaGo Zero (derived)"}
    assert set(figures.MOVED) <= {r.model for r in rows}
    fit = drawn(ax)[f"doubles every {growth.months:.1f} months"]
    np.testing.assert_allclose(fit[:, 1], growth(fit[:, 0]))
    below = [line for line in ax.lines if line.get_marker() == "v"]
    assert len(below) == sum(r.method == "upper bound" for r in rows) == 4


def test_no_label_of_the_trend_covers_another(trend):
    figures.compute_trend(*trend)
    fig = plt.gcf()
    fig.canvas.draw()
    boxes = [text.get_window_extent() for text in fig.axes[0].texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert box.x1 < fig.bbox.x1


def test_growth_that_may_be_none_is_said_so(trend, words):
    rows, growth = trend
    figures.compute_trend(rows, replace(growth, high=float("inf")))
    assert "to never)" in words()


def test_accuracy_against_edh(words):
    figures.accuracy_against_edh({"E": [(1e10, 93), (1e9, 88)], "H": [(1e9, 90), (3e9, 91)]})
    said = words()
    assert "E: from 88.0 to 93.0 for 10 times the cost, 5.0 for each tenfold" in said
    assert "H: from 90.0 to 91.0 for 3 times the cost, 2.1 for each tenfold" in said
    (ax,) = plt.gcf().axes
    assert drawn(ax)["E"].tolist() == [[1e9, 88], [1e10, 93]]


def test_in_a_notebook_each_figure_is_displayed_and_closed(monkeypatch):
    displayed: list[object] = []
    monkeypatch.setattr(plots, "get_ipython", object)
    monkeypatch.setattr(plots, "display", displayed.append)
    figures.accuracy_against_edh({"E": [(1e10, 93), (1e9, 88)]})
    assert len(displayed) == 1
    assert plt.get_fignums() == []


def test_the_benchmark_of_counting_runs(capsys):
    runpy.run_path(str(BENCHMARK))["main"](["--repeats", "1", "--networks", "lenet5", "resnet18"])
    out = capsys.readouterr().out
    assert re.search(r"^lenet5 +2,293,000 +4,298,000 +\d", out, re.MULTILINE)
    assert re.search(r"^resnet18 +1,814,073,344 ", out, re.MULTILINE)


@pytest.mark.parametrize("wrong", [["--repeats", "0"], ["--networks", "vgg17"]])
def test_the_benchmark_refuses_nothing_to_measure(wrong):
    with pytest.raises(SystemExit):
        runpy.run_path(str(BENCHMARK))["main"](wrong)
