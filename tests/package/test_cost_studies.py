"""The figures of one's own studies: what is drawn, and what is said of it."""

from __future__ import annotations

import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

from greenlab import cost, plots
from greenlab.energy import Interval, Reading
from greenlab.plots import studies as figures


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


def test_learning_curve(words):
    runs = {100: [31, 33], 200: [22, 24], 400: [16, 17], 800: [12, 12], 1600: [9, 10]}
    sizes = [n for n in runs for _ in range(2) if n < 1600]
    errors = [e for n in runs for e in runs[n] if n < 1600]
    line, law = cost.power_law(sizes, errors), cost.learning_curve(sizes, errors)
    figures.learning_curve(runs, line, law, 800)
    said = words()
    asked = line[0] * 1600 ** -line[1]
    assert f"For 1,600 examples the straight line says {asked:.1f}% errors" in said
    assert f"asymptote {float(law(1600)):.1f}%; your runs made 9.5%" in said
    assert f"half the error takes {2 ** (1 / line[1]):.0f} times" in said
    (ax,) = plt.gcf().axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    lines = drawn(ax)
    straight = lines["straight line: fitted to 100–800"]
    np.testing.assert_allclose(straight[:, 1], line[0] * straight[:, 0] ** -line[1])
    curve = lines["with an asymptote: fitted to 100–800"]
    np.testing.assert_allclose(curve[:, 1], law(curve[:, 0]))
    seen, unseen = (container[0] for container in ax.containers)
    assert seen.get_xydata().tolist() == [[100, 32], [200, 23], [400, 16.5], [800, 12]]
    assert unseen.get_xydata().tolist() == [[1600, 9.5]]


def test_best_of_trials(words):
    scores = {"small": [70, 80, 90], "large": [75, 95]}
    figures.best_of_trials(scores, "accuracy in %", share=0.5)
    said = words()
    best = cost.expected_best(3, scores["small"])
    assert f"small: one trial gives 80 on average, the best of 3 {best:.4g}" in said
    assert "best that was seen is 90; large: one trial gives 85" in said
    (ax,) = plt.gcf().axes
    small = drawn(ax)["small"]
    assert small[:, 0].tolist() == [1, 2, 3]
    assert small[-1, 1] == pytest.approx(best)
    band = ax.collections[0].get_paths()[0].vertices
    for n in (1, 2, 3):
        low, high = cost.best_band(n, scores["small"], share=0.5)
        heights = band[band[:, 0] == n, 1]
        assert (heights.min(), heights.max()) == (low, high)


def test_best_of_trials_draws_the_students_own_function(words):
    figures.best_of_trials({"a": [1, 2]}, "accuracy", expected=lambda n, scores: 10 * n)
    assert "one trial gives 10 on average, the best of 2 20" in words()
    assert drawn(plt.gcf().axes[0])["a"][:, 1].tolist() == [10, 20]


def test_sensitivity(words):
    trials = {
        "linear": [{"rate": 0.1, "accuracy": 80}, {"rate": 1.0, "accuracy": 85}],
        "network": [{"rate": 0.1, "width": 8, "accuracy": 90}],
    }
    around = {
        "linear": {"rate": [(1.0, 85), (0.01, 60)]},
        "network": {"rate": [(0.1, 90), (1.0, 10)], "width": [(8, 90), (32, 92)]},
    }
    figures.sensitivity(trials, around)
    said = words()
    assert "linear, rate: from 60.0 to 85.0%; network, rate: from 10.0 to 90.0%" in said
    assert "network, width: from 90.0 to 92.0%" in said
    rate, width = plt.gcf().axes
    assert drawn(rate)["linear"].tolist() == [[0.01, 60], [1.0, 85]]
    assert set(drawn(width)) >= {"network"}
    assert "linear" not in drawn(width)
    assert [label.get_text() for label in width.get_xticklabels()] == ["8", "32"]


def test_accuracy_against_edh(words):
    figures.accuracy_against_edh({"E": [(1e10, 93), (1e9, 88)], "H": [(1e9, 90), (3e9, 91)]})
    said = words()
    assert "E: from 88.0 to 93.0 for 10 times the cost, 5.0 for each tenfold" in said
    assert "H: from 90.0 to 91.0 for 3 times the cost, 2.1 for each tenfold" in said
    (ax,) = plt.gcf().axes
    assert drawn(ax)["E"].tolist() == [[1e9, 88], [1e10, 93]]


def test_seconds_and_joules(monkeypatch, capsys):
    shown: list[object] = []
    monkeypatch.setattr(figures, "display", shown.append)
    measured = Reading({"gpu-0": Interval(4.0, 5.0, 6.0)}, 2.0, "sampled", "GPU", ("rough",))
    unknown = Reading({}, 0.5, "unavailable", "", ("rough", "no sensor"))
    figures.seconds_and_joules([("wide", 1e12, measured), ("small", 2e9, unknown)])
    (table,) = shown
    wide, small = table.data.splitlines()[2:]
    assert wide == "| wide | 1e+12 | 2.00 | 5e+02 | 5 J (4 to 6) | 4 to 6 | sampled |"
    assert small == "| small | 2e+09 | 0.50 | 4 | unavailable | unavailable | unavailable |"
    assert capsys.readouterr().out == "Note: rough\nNote: no sensor\n"
