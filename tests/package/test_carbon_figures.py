"""The carbon lab's figures and its calculator: right in words, right where the marks stand."""

from __future__ import annotations

import re
import warnings

import IPython
import IPython.display
import matplotlib.pyplot as plt
import pytest

from greenlab import carbon, plots, widgets
from greenlab.plots import carbon as figures


@pytest.fixture(autouse=True)
def strict():
    """The labs' style; a warning is a failure."""
    plots.use_style()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def words(capsys):
    """The figure's message in words, after it is drawn."""

    def said() -> str:
        plt.gcf().canvas.draw()
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("In words: ")
        return " ".join(lines)

    return said


def names(ax) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_table_1_stands_on_a_log_axis(words):
    figures.table1()
    text = words()
    (ax,) = plt.gcf().axes
    assert ax.get_xscale() == "log"
    points = ax.collections[0].get_offsets().tolist()
    cells = enumerate(carbon.table1())
    assert points == [[cell.computed if i > 3 else cell.printed, i] for i, cell in cells]
    assert names(ax) == [cell.row for cell in carbon.table1()]
    low, high = ax.get_xlim()
    assert low < min(points)[0] < max(points)[0] < high
    assert "626,155 lb, 5.0 lifetimes of a car" in text


def test_table_3_marks_what_differs(words):
    figures.table3()
    text = words()
    left, right = plt.gcf().axes
    assert left.get_xscale() == right.get_xscale() == "log"
    red = {
        (ax, names(left)[int(line.get_ydata()[0])])
        for ax in (left, right)
        for line in ax.lines
        if line.get_color() == plots.RED
    }
    bert = "BERT base, V100x64"
    assert red == {(left, bert), (right, bert), (right, "NAS, TPUv2x1")}
    assert [t.get_text() for t in left.texts] == ["watts unknown"] * 3
    drawn = [line for ax in (left, right) for line in ax.lines if line.get_color() == plots.BLUE]
    assert len(drawn) == 5 - 1 + 16 - 4
    assert "29 cells that can be computed, 22 agree and 7 differ" in text


def test_where_ranks_the_countries(words):
    figures.where(100, ["IN", "World", "France"])
    text = words()
    (ax,) = plt.gcf().axes
    assert names(ax) == ["France", "World", "India"]
    grams = [carbon.intensity(name) for name in names(ax)]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([g / 10 for g in grams])
    assert "4.42 kg in France, in India 70.8 kg, 16.0 times as much" in text


def test_where_in_one_country_or_on_a_grid_of_zero(words):
    figures.where(100, ["Norway"])
    assert "times" not in words()
    figures.where(100, ["Central African Republic", "Norway"])
    assert "times" not in words()


def test_where_refuses():
    with pytest.raises(ValueError, match="did you mean 'France'"):
        figures.where(100, ["Frnace"])
    with pytest.raises(ValueError, match="at least one country"):
        figures.where(100, [])


def test_when_shades_the_best_and_the_worst_start(words):
    figures.when(6, 400)
    text = words()
    (ax,) = plt.gcf().axes
    day = carbon.synthetic_day(400)
    best, mean = carbon.cheapest_start(day, 6)
    least, most = ax.containers
    high = [hour for hour, bar in enumerate(least) if bar.get_height()]
    assert high == list(range(best, best + 6))
    assert sum(bar.get_height() for bar in least) / 6 == pytest.approx(mean)
    assert sum(bar.get_height() for bar in most) > 6 * 400
    assert "SYNTHETIC" in ax.get_title()
    assert f"starts at {best}:00" in text
    assert "No grid measured" in text


def test_when_past_midnight_and_all_day(words):
    figures.when(9, 400)
    words()
    most = plt.gcf().axes[0].containers[1]
    hours = [hour for hour, bar in enumerate(most) if bar.get_height()]
    assert len(hours) == 9
    assert {0, 23} <= set(hours)  # through the night
    figures.when(24, 400)
    assert "as much whenever it starts" in words()
    figures.when(2, 0)
    assert "as much whenever it starts" in words()


def test_the_search_and_its_corrections(words):
    figures.search()
    text = words()
    (ax,) = plt.gcf().axes
    points = ax.collections[0].get_offsets()[:, 0].tolist()
    assert points == pytest.approx([estimate.kg / 1000 for estimate in carbon.NAS])
    for number in ("284 t", "18.7 times", "88 times", "3.2 t"):
        assert number in text


# calculator


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    everything: list[object] = []
    monkeypatch.setattr(IPython.display, "display", everything.append)
    return everything


@pytest.fixture
def fields(shown, monkeypatch):
    """The calculator in a notebook with a running kernel: its fields by name, and the result."""
    shell = type("Shell", (), {"kernel": object()})()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    widgets.carbon_calculator()
    left, screen = shown[0].children
    return {field.description: field for field in left.children} | {"result": screen}


def test_without_a_kernel_the_result_itself(shown):
    widgets.carbon_calculator(hours=10)
    (made,) = shown
    assert made == carbon.footprint(1515.43, 10, "World", rent=("P100", 8))
    with pytest.raises(ValueError, match="hours"):
        widgets.carbon_calculator(hours=-1)


def test_the_fields_are_what_is_computed(fields):
    fields["hardware"].value = "my own machine"
    assert not fields["watts, all of it"].disabled
    new = {"watts, all of it": 50, "hours": 2, "PUE": 1.1, "country": "France"}
    for name, value in (new | {"dollars for a kWh": 0.3}).items():
        fields[name].value = value
    made = carbon.footprint(50, 2, "FR", 1.1, 0.3)
    assert fields["result"].value == made._repr_html_()
    fields["making it too, BLOOM's share"].value = True
    made = carbon.footprint(50, 2, "FR", 1.1, 0.3, embodied_share=carbon.BLOOM_EMBODIED_SHARE)
    assert fields["result"].value == made._repr_html_()


def test_a_known_machine_sets_its_watts_and_its_rent(fields):
    fields["hardware"].value = "64 V100"
    assert fields["watts, all of it"].value == 12041.51
    assert fields["watts, all of it"].disabled
    made = carbon.footprint(12041.51, 84, "World", rent=("V100", 64))
    assert fields["result"].value == made._repr_html_()


def test_fields_hold_what_can_be_computed(fields):
    fields["hours"].value = -5
    fields["PUE"].value = 0.2
    assert (fields["hours"].value, fields["PUE"].value) == (0, 1)
    assert len(fields["country"].options) == 1 + len(carbon.grids())
    assert fields["country"].value == "World"  # never guessed


def test_folded_below_stands_the_start(fields, shown):
    assert "<details>" in shown[1].data
    assert re.search(r"8 P100 for 84 hours", shown[1].data)
    assert fields["result"].value in shown[1].data
