"""The compression lab's figures and table: what they say in words is what was drawn."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from greenlab.compressing import Row
from greenlab.energy import Interval, Reading
from greenlab.plots import compression as figures

pytestmark = pytest.mark.usefixtures("strict")
LINES = {"teacher": 0.1, "best single model": 0.15}


def rows_of(problem: str = "letter.p2") -> list[Row]:
    made = [Row(problem, "labels", s, 4000, 128, 0.3 + s / 100) for s in (0, 1)]
    made += [Row(problem, "real", s, 4000, 128, 0.2 + s / 100) for s in (0, 1)]
    for method, step in (("rand", 0.05), ("munge", -0.02)):
        made += [
            Row(problem, method, s, 4000 * (1 + k), 128, 0.2 + step * k + s / 100)
            for k in (1, 3)
            for s in (0, 1)
        ]
    made += [Row(problem, "munge", s, 16000, units, 0.5 / units) for units in (1, 16) for s in (0,)]
    return made


def test_figure_2_draws_each_method_from_the_real_rows_on(words_and_labels):
    fig = figures.against_rows(rows_of(), {"letter.p2": LINES})
    fig.axes[0].set_ylabel(fig.axes[0].get_ylabel())
    said = words_and_labels()
    assert "letter.p2: real rows alone 0.205 (0.200 to 0.210)" in said
    assert "RAND 0.255 (0.250 to 0.260) at 8,000, 0.355 (0.350 to 0.360) at 16,000" in said
    assert "MUNGE 0.185 (0.180 to 0.190) at 8,000, 0.145 (0.140 to 0.150) at 16,000" in said
    assert "teacher 0.100; best single model 0.150; a net without a teacher 0.305" in said
    assert "average of eight problems; this is one of them" in said
    drawn = {bar.get_label(): bar[0].get_xydata() for bar in fig.axes[0].containers}
    assert drawn.keys() == {"RAND", "MUNGE", "real rows alone"}
    assert drawn["real rows alone"].tolist() == [[4000, pytest.approx(0.205)]]
    beside = [[4000, 0.205], [0.97 * 8000, 0.255], [0.97 * 16000, 0.355]]
    np.testing.assert_allclose(drawn["RAND"], beside)
    levels = sorted(line.get_ydata()[0] for line in fig.axes[0].lines if len(line.get_ydata()) == 2)
    assert levels == pytest.approx([0.1, 0.15, 0.305])


def test_two_problems_have_two_panels(words):
    both = [*rows_of("letter.p1"), *rows_of("letter.p2")]
    fig = figures.against_rows(both, {"letter.p1": LINES, "letter.p2": LINES})
    said = words()
    assert [ax.get_title() for ax in fig.axes] == ["letter.p1", "letter.p2"]
    assert said.count("real rows alone") == 2
    assert "these are two of them" in said


def test_figure_3_takes_the_students_of_the_most_widths(words_and_labels):
    more = [Row("letter.p2", "munge", 0, 32_000, 128, 0.1)]
    fig = figures.against_units([*rows_of(), *more], {"letter.p2": LINES})
    said = words_and_labels()
    assert "0.500 with 1 unit, 0.031 with 16 units, 0.145 (0.140 to 0.150) with 128 units" in said
    # 16 units come below both lines, 128 go up again between them
    assert "not below the teacher; below the best single model from 16 units on" in said
    (bar,) = fig.axes[0].containers
    np.testing.assert_allclose(bar[0].get_xydata(), [[1, 0.5], [16, 0.03125], [128, 0.145]])
    assert bar.get_label() == "MUNGE, 16,000 rows"


def test_selection_says_where_the_path_is_best(words_and_labels):
    figures.selection(
        {"test points": [0.3, 0.2, 0.25], "climb": [0.2, 0.1, 0.1]}, {"best": 0.28}, "letter.p1"
    )
    said = words_and_labels()
    assert "letter.p1. test points: RMSE 0.3000 for one model, 0.2500 for 3, least 0.2000" in said
    assert "climb: RMSE 0.2000 for one model, 0.1000 for 3, least 0.1000 with 2" in said
    assert "best (test points): 0.2800" in said


def test_made_up_rows_are_told_by_their_distance(words):
    real, right = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0.1, 0.0])
    figures.made_up({"real": real, "near": real + right, "far": real + 5 * right})
    said = words()
    assert "near: half within 0.100 of a real row, a tenth beyond 0.100" in said
    assert "far: half within 0.500" in said
    assert [ax.get_title() for ax in plt.gcf().axes] == ["real", "near", "far"]


@pytest.fixture
def shown(monkeypatch):
    """The tables that were displayed."""
    everything: list = []
    monkeypatch.setattr(figures, "display", everything.append)
    return everything


def test_the_table_says_how_the_joules_are_known(shown, capsys):
    span = Interval(1.0, 2.0, 4.0)
    figures.price(
        [
            ("ensemble", 0.17, 2_500_000, Reading({"cpu": span}, 2.0, "estimated", "process")),
            ("counted", 0.2, 9_220, Reading({"cpu": span}, 0.01, "counter", "machine")),
            ("unknown", 0.2, 9_220, Reading({}, 0.004, "unavailable", "", ("no sensor",))),
        ]
    )
    _, _, first, second, third = shown[0].data.split("\n")
    assert first == "| ensemble | 0.1700 | 2,500.0 | 2 | 1 | 1 to 4 | estimated |"
    assert second == "| counted | 0.2000 | 9.2 | 0.01 | 200 | 2 (1 to 4) | counter |"
    assert third == "| unknown | 0.2000 | 9.2 | 0.004 | 500 | unavailable | unavailable |"
    assert capsys.readouterr().out == "Note: no sensor\n"
