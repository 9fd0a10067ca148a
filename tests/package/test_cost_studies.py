"""The figures of one's own studies: what is drawn, and what is said of it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from greenlab import cost
from greenlab.energy import Interval, Reading
from greenlab.plots import studies as figures

pytestmark = pytest.mark.usefixtures("strict")


@pytest.fixture
def words(words_and_labels):
    return words_and_labels


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
    assert f"For 1,600 the line says {asked:.1f}% errors, the curve {float(law(1600)):.1f}%" in said
    assert "your runs made 9.5%. For 6,400 they say" in said
    assert f"half the error takes {2 ** (1 / line[1]):.0f} times" in said
    logs = np.log(np.array(errors) / (line[0] * np.array(sizes) ** -line[1]))
    assert f"the line is typically off by {100 * np.sqrt(np.mean(logs**2)):.1f}%" in said
    off = 100 * np.sqrt(np.mean(np.square(law.residuals)))
    assert f"of an error, the curve by {off:.1f}%" in said
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
    assert f"small from 80.0 for one trial to {best:.1f} for 3; large from 85.0" in said
    assert "large is ahead for n = 1 to 2. The vertical" in said
    (ax,) = plt.gcf().axes
    small = drawn(ax)["small"]
    assert small[:, 0].tolist() == [1, 2, 3]
    assert small[-1, 1] == pytest.approx(best)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]
    band = ax.collections[0].get_paths()[0].vertices
    for n in (1, 2, 3):
        low, high = cost.best_band(n, scores["small"], share=0.5)
        heights = band[band[:, 0] == n, 1]
        assert (heights.min(), heights.max()) == (low, high)


def test_where_another_leads_and_an_unlucky_trial_is_cut_off(words):
    figures.best_of_trials({"safe": [80, 81] * 12, "risky": [10] + [90] * 23}, "accuracy in %")
    assert "risky is ahead for n = 1 to 24" in words()
    assert plt.gcf().axes[0].get_legend().get_title().get_text() == "band: 80% of cases"
    figures.best_of_trials({"safe": [80, 81] * 12, "risky": [10] * 6 + [90] * 18}, "accuracy in %")
    assert "safe is ahead for n = 1; risky is ahead for n = 2 to 24" in words()
    (ax,) = plt.gcf().axes
    assert ax.get_legend().get_title().get_text() == "band: 80% of cases, cut below"
    assert 10 < ax.get_ylim()[0] < 70


def test_best_of_trials_draws_the_students_own_function(words):
    figures.best_of_trials({"a": [1, 2]}, "accuracy", expected=lambda n, scores: 10 * n)
    assert "a from 10.0 for one trial to 20.0 for 2. The" in words()
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
    told = [text.get_text() for text in rate.get_legend().get_texts()]
    assert told == ["linear", "network", "random linear", "random network"]
    assert [label.get_text() for label in width.get_xticklabels()] == ["8", "32"]


def test_accuracy_against_edh(words):
    figures.accuracy_against_edh(
        {
            "one trial": {
                "E": [(1e9, 50), (3e9, 58), (1e10, 60)],
                "H": [(k * 1e9, 49 + k) for k in range(1, 25)],
            },
            "ten trials": {"E": [(1e10, 60), (1e11, 65)], "H": [(1e10, 60), (2.4e10, 74)]},
        }
    )
    said = words()
    assert "Starting from one trial (50.0): E +10.0 points for 10 times the cost" in said
    assert "H +9.0 points for 10 times the cost. Starting from ten trials (60.0): E +5.0" in said
    assert "H +14.0 points for 2.4 times the cost. The" in said
    (ax,) = plt.gcf().axes
    styles = [line.get_linestyle() for line in ax.lines if len(line.get_xdata())]
    assert styles == ["-", "-", "--", "--"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["E", "H"]
    assert [text.get_text() for text in ax.texts] == ["one trial", "ten trials"]


def test_prices(monkeypatch):
    shown: list[object] = []
    monkeypatch.setattr(figures, "display", shown.append)
    prices = {"linear": [2e9, np.inf], "network": [1.5e11, 3e11]}
    figures.prices((90, 91.5), prices, {"linear": 1e9, "network": 5e10})
    (table,) = shown
    assert table.data.splitlines()[-2:] == [
        "| 90% | 2 | 2 | 150 | 3 |",
        "| 91.5% | inf | inf | 300 | 6 |",
    ]
    assert "linear: 10⁹ FLOPs | trials | network" in table.data


def test_seconds_and_joules(monkeypatch, capsys):
    shown: list[object] = []
    monkeypatch.setattr(figures, "display", shown.append)
    measured = Reading({"gpu-0": Interval(4.0, 5.0, 6.0)}, 2.0, "sampled", "GPU", ("rough",))
    unknown = Reading({}, 0.5, "unavailable", "", ("rough", "no sensor"))
    figures.seconds_and_joules([("wide", 1e12, measured), ("small", 2e9, unknown)])
    (table,) = shown
    wide, small = table.data.splitlines()[2:]
    assert wide == "| wide | 1,000 | 2 | 500 | 5 (4 to 6) | 4 to 6 | sampled |"
    assert small == "| small | 2 | 0.5 | 4 | unavailable | unavailable | unavailable |"
    guessed = Reading({"cpu": Interval(0.2712, 0.6, 1.446)}, 0.2, "estimated", "process")
    figures.seconds_and_joules([("tiny", 2.3e8, guessed)])
    assert "| 0.23 | 0.2 | 1.15 | 0.271 to 1.45 | 1,179 to 6,287 | estimated |" in shown[1].data
    assert capsys.readouterr().out == "Note: rough\nNote: no sensor\n"
