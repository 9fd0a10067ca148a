"""The carbon lab's figures and its calculator: right in words, right where the marks stand."""

from __future__ import annotations

import re

import IPython
import IPython.display
import matplotlib.pyplot as plt
import pytest

from greenlab import carbon, plots, widgets
from greenlab.plots import carbon as figures
from greenlab.plots import corrections

PAPER, WATTS = carbon.PAPER_US.country, "watts, whole machine"


pytestmark = pytest.mark.usefixtures("strict")


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
    axes = energy, emissions, rent = plt.gcf().axes
    assert {ax.get_xscale() for ax in axes} == {"log"}
    red = {
        (ax, names(energy)[int(line.get_ydata()[0])])
        for ax in axes
        for line in ax.lines
        if line.get_color() == plots.RED
    }
    bert = "BERT base, 64 × V100"
    assert red == {*((ax, bert) for ax in axes), (rent, "NAS, 1 × TPUv2")}
    for ax in (energy, emissions):
        assert [t.get_text() for t in ax.texts] == ["watts unknown"] * 3
    drawn = [line for ax in axes for line in ax.lines if line.get_color() == plots.BLUE]
    assert len(drawn) == 20
    assert "26 numbers" in text
    assert "(5 kWh, 5 lb, 16 amounts of dollars) 20 agree and 6 differ" in text


def test_where_ranks_the_countries(words):
    figures.where(100, ["IN", "World", "France"])
    text = words()
    (ax,) = plt.gcf().axes
    assert names(ax) == ["France", "World", "India"]
    grams = [carbon.intensity(name) for name in names(ax)]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([g / 10 for g in grams])
    assert "4.42 kg in France, in India 70.8 kg, 16.0 times as much" in text


def test_where_tells_the_year_where_it_differs(words):
    figures.where(100, ["France", "World", "the paper's US grid"], job="a job")
    text = words()
    (ax,) = plt.gcf().axes
    assert ax.get_title() == "What a job emit, by country (2024 averages)"
    assert [t.get_text() for t in ax.texts] == ["4.42 kg", "43.3 kg (2018)", "47.3 kg"]
    assert "43.3 kg on the paper's US grid (433 g/kWh)" in text


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
    assert f"{100 * (1 - mean / 400):.0f}% less than by the day's mean" in text
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
    corrections.search()
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
    assert made == carbon.footprint(1515.43, 10, PAPER, rent=("P100", 8))
    with pytest.raises(ValueError, match="hours"):
        widgets.carbon_calculator(hours=-1)


def test_it_starts_on_the_numbers_of_the_paper(fields):
    assert "= 192 lb" in fields["result"].value
    assert fields["country"].value == PAPER
    assert len(fields["country"].options) == 2 + len(carbon.grids())


def test_the_fields_are_what_is_computed(fields):
    fields["hardware"].value = "my own machine"
    assert not fields[WATTS].disabled
    start = [fields[name].value for name in (WATTS, "hours", "PUE", "country")]
    assert start == [50, 8, 1, "World"]
    assert fields["result"].value == carbon.footprint(50, 8, "World", 1)._repr_html_()
    assert "guess" in fields[""].value
    new = {WATTS: 70, "hours": 2, "PUE": 1.1, "country": "France", "dollars for a kWh": 0.3}
    for name, value in new.items():
        fields[name].value = value
    made = carbon.footprint(70, 2, "FR", 1.1, 0.3)
    assert fields["result"].value == made._repr_html_()


def test_the_making_of_hardware_is_for_a_data_center_alone(fields):
    making = fields["also making the hardware (BLOOM's share)"]
    making.value = True
    share = carbon.BLOOM_EMBODIED_SHARE
    made = carbon.footprint(1515.43, 84, PAPER, rent=("P100", 8), embodied_share=share)
    assert fields["result"].value == made._repr_html_()
    fields["hardware"].value = "my own machine"
    assert making.layout.display == "none"
    assert "making the hardware" not in fields["result"].value


def test_a_known_machine_sets_its_watts_and_its_rent(fields):
    fields["hours"].value = 10
    fields["hardware"].value = "64 V100"
    assert fields[WATTS].value == 12041.51
    assert fields[WATTS].disabled
    made = carbon.footprint(12041.51, 10, PAPER, rent=("V100", 64))  # the hours stay
    assert fields["result"].value == made._repr_html_()
    assert "other cards" in fields[""].value
    fields["hardware"].value = "1 GPU of the authors' project"
    assert "216.96 W: not printed: solved" in fields[""].value


def test_back_from_an_own_machine_the_data_center_is_back(fields):
    before = fields["result"].value
    fields["hardware"].value = "my own machine"
    fields["hardware"].value = "8 P100"
    assert fields["result"].value == before
    assert fields["also making the hardware (BLOOM's share)"].layout.display is None


@pytest.mark.parametrize(
    ("name", "typed", "right", "says"),
    [
        ("hours", -5, 0, "hours must be 0 or more: set to 0."),
        ("PUE", 0.5, 1, "PUE must be 1 or more: set to 1."),
        ("dollars for a kWh", float("inf"), 1e9, "a billion at most: set to 1,000,000,000."),
        ("hours", float("nan"), 0, "set to 0."),
    ],
)
def test_a_number_that_cannot_be_is_put_right_and_that_is_said(fields, name, typed, right, says):
    fields[name].value = typed
    assert fields[name].value == right
    assert says in fields[""].value
    new = {"hours": 84, "PUE": 1.58, "dollars for a kWh": 0.12} | {name: right}
    made = carbon.footprint(
        1515.43, new["hours"], PAPER, new["PUE"], new["dollars for a kWh"], ("P100", 8)
    )
    assert fields["result"].value == made._repr_html_()
    fields["hours"].value = 2
    assert "set to" not in fields[""].value


def test_folded_below_stands_the_start(fields, shown):
    assert "<details>" in shown[1].data
    assert re.search(r"8 P100 for 84 hours", shown[1].data)
    assert fields["result"].value in shown[1].data
