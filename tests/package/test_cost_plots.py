"""The figures of the cost lab: what is drawn, and what is said of it."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from greenlab import cost, plots, zoo
from greenlab.plots import cost as figures

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "flops.py"


pytestmark = pytest.mark.usefixtures("strict")


@pytest.fixture
def words(words_and_labels):
    return words_and_labels


def drawn(ax: plt.Axes) -> dict[str, np.ndarray]:
    """The labeled lines of `ax`."""
    return {line.get_label(): np.column_stack(line.get_data()) for line in ax.lines}


def test_accuracy_against_fpo(words):
    models = cost.imagenet_models()
    best = cost.frontier([m.flops for m in models], [m.top1 for m in models])
    figures.accuracy_against_fpo(models, best)
    said = words()
    assert "112 models. Along the frontier of 20, top-1 rises from 60.6%" in said
    assert "grows 25,000-fold. A straight line" in said
    assert "5 of the frontier's models were trained on more images" in said
    assert "Each of the other 92 is beaten" in said
    for part, end in ((best, " points"), (best[:10], "; through the other"), (best[10:], ". 5 of")):
        slope = cost.points_per_tenfold(
            [models[i].flops for i in part], [models[i].top1 for i in part]
        )
        assert f" by {slope:.1f}{end}" in said
    (ax,) = plt.gcf().axes
    assert ax.get_xscale() == "log"
    lines = drawn(ax)
    plain, more = lines["published model"], lines["trained on more images (SWAG)"]
    assert len(plain) + len(more) == 112
    assert len(more) == sum("SWAG" in m.weights for m in models)
    ends = lines["frontier: beaten by no other"][[0, -1]]
    assert ends.tolist() == [[models[i].flops, models[i].top1] for i in (best[0], best[-1])]
    assert {text.get_text() for text in ax.texts} == {name for name, _ in figures.NAMED}
    slope, height = np.polyfit(
        np.log10([models[i].flops for i in best]), [models[i].top1 for i in best], 1
    )
    line = lines["straight line: 5.5 for each tenfold"]
    np.testing.assert_allclose(line[:, 1], height + slope * np.log10(line[:, 0]))


def test_a_frontier_of_one_model_has_no_slope(words):
    figures.accuracy_against_fpo(cost.imagenet_models()[:1], [0])
    assert "grows 1-fold. 0 of" in words()


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
    assert labels == {r.model for r in rows}
    assert set(figures.MOVED) <= {r.model for r in rows}
    fit = drawn(ax)[f"doubles every {growth.months:.1f} months"]
    np.testing.assert_allclose(fit[:, 1], growth(fit[:, 0]))
    below = [line for line in ax.lines if line.get_marker() == "v" and len(line.get_xdata())]
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


def test_layers(words):
    counted = cost.count(zoo.lenet5(), (1, 784))
    hand = {"a": 288_000, "b": 1_600_000, "c": 400_000, "d": 5_000}
    figures.layers("LeNet-5", hand, counted)
    said = words()
    assert "they agree in all 4. Convolutions make 82.3% of the multiply-adds" in said
    assert "fully connected layers hold 94.1% of the parameters" in said
    assert "The largest: b (70% of the multiply-adds), c (93% of the parameters)" in said
    assert "adds, 4,586,000 FLOPs." in said
    left, right = plt.gcf().axes
    shares = [bar.get_width() for bar in left.patches]
    assert shares == pytest.approx([100 * macs / 2_293_000 for macs in hand.values()])
    np.testing.assert_allclose(drawn(left)["by hand"][:, 0], shares)
    assert sum(bar.get_width() for bar in right.patches) == pytest.approx(100)


def test_layers_that_differ_are_named(words):
    hand = {"a": 288_000, "b": 3_200_000, "c": 400_000, "d": 5_001}
    figures.layers("LeNet-5", hand, cost.count(zoo.lenet5(), (1, 784)))
    assert "they differ in b, d. Conv" in words()
    with pytest.raises(ValueError, match="1 hand counts for 4 layers"):
        figures.layers("LeNet-5", {"a": 1}, cost.count(zoo.lenet5(), (1, 784)))


def test_layers_that_tie_are_all_named(words):
    counted = cost.count(zoo.vgg16(), (1, 3, 224, 224))
    hand = {f"l{i}": layer.forward_macs for i, layer in enumerate(counted.layers)}
    figures.layers("VGG-16", hand, counted)
    assert "l1, l3, l5, l6, l8, l9 (12% of the multiply-adds each)" in words()


def test_survey(words):
    figures.survey(cost.efficiency_survey())
    said = words()
    assert "ACL 90% accuracy, efficiency 10%; NeurIPS 80% accuracy, efficiency not stated" in said
    (ax,) = plt.gcf().axes
    heights = [bar.get_height() for bar in ax.patches[:6]]
    assert heights == [90, 10, 80, 0, 75, 20]
    told = [text.get_text() for text in ax.texts]
    assert told == ["90%", "10%", "80%", "not\nstated", "75%", "20%"]


def test_in_a_notebook_each_figure_is_displayed_and_closed(monkeypatch):
    displayed: list[object] = []
    monkeypatch.setattr(plots, "get_ipython", object)
    monkeypatch.setattr(plots, "display", displayed.append)
    figures.survey(cost.efficiency_survey())
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
