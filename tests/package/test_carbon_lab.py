"""What lab 1 needs of the package: the exercises' reference forms, and the figures of intervals."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from greenlab import carbon
from greenlab.energy import Interval, Reading
from greenlab.energy.baseline import above_idle
from greenlab.plots import BLUE, ORANGE, corrections, intervals
from greenlab.plots import carbon as figures

share = st.floats(0, 1)


pytestmark = pytest.mark.usefixtures("strict")


@pytest.fixture
def words(words):
    """The shared one, with a table's columns one space apart."""
    return lambda: " ".join(words().split())


# arithmetic


def test_co2e_in_both_units():
    assert carbon.co2e(1000) == pytest.approx((954, 432.727), abs=1e-3)
    assert carbon.co2e(10, 0.5) == pytest.approx((5, 2.26796185))


@pytest.mark.parametrize("run", carbon.RUNS, ids=lambda run: run.name)
def test_a_row_of_table_3_with_the_hours_that_are_meant(run):
    kwh, lb, *usd = carbon.training_cost(
        run.watts or 0, run.meant or run.hours, run.device, run.devices
    )
    assert [round(dollars) for dollars in usd] == list(run.usd)
    if run.watts is not None:
        assert (round(kwh), round(lb)) == (run.kwh, run.lb)


@given(st.floats(0.1, 1e5), st.floats(1e-3, 100), st.sampled_from([0.1, 1, 1000]))
def test_the_hours_behind_lead_back_to_what_was_printed(hours, per_hour, step):
    printed = round(hours * per_hour / step) * step
    low, high = carbon.hours_behind(printed, per_hour, step)
    assert low <= hours * (1 + 1e-9)
    assert hours * (1 - 1e-9) <= high
    assert (high - low) * per_hour == pytest.approx(step)


def test_grams_by_hand_and_unavailable_is_not_zero():
    # 3.6 MJ are a kWh.
    grams = carbon.grams_co2e((1.8e6, 3.6e6, 7.2e6), 400, pue=1.5)
    assert grams == pytest.approx((300, 600, 1200))
    assert carbon.grams_co2e(None, 400) is None


def test_by_country_is_by_kilograms():
    ranked = carbon.by_country(200, {"A": 500, "B": 40, "C": 800})
    assert ranked == [("B", 8), ("A", 100), ("C", 160)]
    assert carbon.by_country(200, {}) == []


def test_a_share_of_the_search_by_hand():
    assert carbon.per_model_kg(88_000, 88, 4, 90) == 340
    estimate, _, ran, once = (e.kg for e in carbon.NAS)
    alone = carbon.per_model_kg(estimate, 88, 1, once)
    assert alone == pytest.approx(ran + once, rel=0.01)  # 3.2 t, as it is printed
    assert carbon.per_model_kg(estimate, 1, 10**9, once) == pytest.approx(once, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: carbon.co2e(-1), "kwh"),
        (lambda: carbon.training_cost(1, 1, "H100", 1), "'H100'"),
        (lambda: carbon.hours_behind(1, 0), "per_hour"),
        (lambda: carbon.hours_behind(-1, 1), "printed"),
        (lambda: carbon.grams_co2e((1, 2, 3), -1), "g_per_kwh"),
        (lambda: carbon.grams_co2e(None, 1, pue=0.5), "pue"),
        (lambda: carbon.by_country(1, {"A": -1}), "g_per_kwh"),
        (lambda: carbon.per_model_kg(1, 0.5, 1, 1), "too_high"),
        (lambda: carbon.per_model_kg(1, 1, 0, 1), "models"),
        (lambda: above_idle((1, 2, 3), 1, (1, 2, 3), 0), "seconds"),
        (lambda: above_idle((3, 2, 1), 1, (1, 2, 3), 1), "low <= best <= high"),
    ],
)
def test_what_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


# the idle baseline


@given(share, share, st.floats(0.1, 100), st.floats(0.1, 100))
def test_above_idle_holds_every_difference(a, b, run_seconds, idle_seconds):
    run, idle = (90.0, 100.0, 115.0), (28.0, 30.0, 36.0)
    low, best, high = above_idle(run, run_seconds, idle, idle_seconds)
    true = run[0] + a * (run[2] - run[0])
    rest = (idle[0] + b * (idle[2] - idle[0])) * run_seconds / idle_seconds
    assert low - 1e-6 <= true - rest <= high + 1e-6
    assert low <= best <= high


def test_above_idle_is_what_a_reading_does():
    def reading(joules, seconds):
        return Reading({"package-0": Interval(*joules)}, seconds, "counter", "machine")

    run, idle = (38.0, 40.0, 42.0), (95.0, 100.0, 110.0)
    left = reading(run, 4).above(reading(idle, 10)).interval
    assert above_idle(run, 4, idle, 10) == pytest.approx((left.low, left.best, left.high))
    assert above_idle(run, 4, idle, 10) == (-6, 0, 4)


# tables and figures by another's function


def wrong(watts, hours, device, devices):
    """A student's slip: kilograms, and the dollars of one device."""
    kwh, lb, low, high = carbon.training_cost(watts, hours, device, devices)
    return kwh, carbon.lb_to_kg(lb), low / devices, high / devices


def test_the_tables_are_made_by_the_function_that_is_given():
    cell = carbon.table3(wrong).cell("Transformer big, 8 × P100", "CO2e")
    assert (cell.agrees, round(cell.computed)) == (False, 87)
    assert carbon.table3(wrong).cell("Transformer big, 8 × P100", "energy").agrees
    assert not carbon.table3(wrong).cell("GPT-2, 32 × TPUv3", "cloud, on demand").agrees
    assert carbon.table4(wrong).cell("24 jobs", "cloud, on demand").agrees  # of one GPU
    assert not carbon.table1(wrong).cell("Transformer with NAS", "CO2e").agrees


def test_table_3_says_why_only_where_the_meant_hours_differ():
    table = carbon.table3(wrong)
    assert "with 79.2 h" in table.cell("BERT base, 64 × V100", "CO2e").why
    assert table.cell("BERT base, 64 × V100", "CO2e").why.endswith("652, differs")
    assert table.cell("ELMo, 3 × P100", "CO2e").why == "equation 2"


def test_the_figures_are_drawn_by_the_function_that_is_given(words):
    figures.table1(wrong)
    assert "is put at 284,019 lb" in words()
    figures.table3(wrong)
    assert "of Table 3's 26 numbers that the function computes" in words()
    figures.where(10, ["France", "India"], lambda kwh, g: [("India", 2.0), ("France", 1.0)])
    assert [t.get_text() for t in plt.gcf().axes[0].get_yticklabels()] == ["India", "France"]
    words()
    figures.when(6, 400, lambda day, hours: (3, 100.0))
    assert "starts at 3:00" in words()


def test_hours_behind_tells_rounding_from_a_slip(words):
    intervals.hours_behind()
    text = words()
    bert, nas = plt.gcf().axes

    def bars(ax, color):
        found = [b for b in ax.patches if to_hex(b.get_facecolor()).upper() == color]
        return [(b.get_x(), b.get_x() + b.get_width()) for b in found if b.get_height() == 0.5]

    assert len(bars(bert, BLUE)) == 2  # kWh and pounds
    assert all(low <= 79.2 <= high for low, high in bars(bert, BLUE))
    assert sum(bar.get_hatch() is not None for bar in bert.patches) == 2  # no evidence
    assert len(bars(nas, BLUE)) == 2
    assert all(low <= 32_633 <= high for low, high in bars(nas, BLUE))
    assert bars(nas, ORANGE) == [(32_622.5, 32_623.5)]
    low, high = bert.get_xlim()
    assert bars(bert, ORANGE)[0] == pytest.approx((low, high))  # 78.5 to 79.5 is too wide
    assert "kWh and pounds lead to 79.199 to 79.235 h, which rounds to the printed 79 h" in text
    assert "32,632.963 to 32,633.000 h, which does not round to the printed 32,623 h" in text


def test_hours_behind_that_never_meet(words):
    intervals.hours_behind(behind=lambda printed, rate: (printed, printed + 1))
    assert "no hours lead to kWh and pounds as printed" in words()


def reading(low, best, high, method="counter"):
    joules = {} if method == "unavailable" else {"cpu": Interval(low, best, high)}
    return Reading(joules, 1.0, method, "process")


def test_repetition_shows_rounds_and_bounds(words):
    first, rounds = (reading(5, 6, 7),), (reading(1, 2, 4), reading(0.5, 1.5, 3))
    intervals.repetition({"the first\nrun": first, "two rounds": rounds})
    text = words()
    (ax,) = plt.gcf().axes
    bar, dots = ax.lines[2:4]
    assert list(bar.get_ydata()) == [0.5, 4]
    assert list(dots.get_ydata()) == [2, 1.5]
    assert ax.get_yscale() == "log"
    assert (
        "the first run: 5 to 7 J; two rounds: 0.5 to 4 J, best from 1.5 to 2 J, 29% apart" in text
    )
    assert "Best of “the first run” is 3.4 times that of “two rounds”" in text
    assert "counter" in text


def test_repetition_below_zero_and_unavailable(words, capsys):
    intervals.repetition(
        {"above idle": (reading(-1, 2, 4),), "none": (reading(0, 0, 0, "unavailable"),)}
    )
    words()
    (ax,) = plt.gcf().axes
    assert ax.get_yscale() == "linear"
    assert [t.get_text() for t in ax.get_xticklabels()] == ["above idle"]
    plt.close("all")
    intervals.repetition({"none": (reading(0, 0, 0, "unavailable"),)})
    assert "unavailable" in capsys.readouterr().out
    assert plt.get_fignums() == []


def test_the_search_is_shared(words):
    corrections.search_shared()
    text = words()
    (ax,) = plt.gcf().axes
    lines = [line for line in ax.lines if len(line.get_xdata()) > 2]
    estimate, _, _, once = (e.kg for e in carbon.NAS)
    for line, factor in zip(lines, (1, 18.7, 88), strict=True):
        n, kg = line.get_data()
        assert kg == pytest.approx([estimate / factor / m + once for m in n])
    assert ax.get_xscale() == ax.get_yscale() == "log"
    marks = [line.get_data() for line in ax.lines if line.get_marker() == "o"][:3]
    assert [int(n[0]) for n, _ in marks] == [3262, 175, 38]
    for (n, kg), factor in zip(marks, (1, 18.7, 88), strict=True):
        share = estimate / factor / n[0]
        assert share < once <= estimate / factor / (n[0] - 1)
        assert kg[0] == pytest.approx(once + share)
    assert "3,315 kg 87.4 kg 38 models" in text
