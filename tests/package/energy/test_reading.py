"""Readings: what adds, what does not, and intervals carried through."""

from __future__ import annotations

import math
import pickle
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.energy import Interval, Reading


def reading(*joules: float, seconds: float = 10.0, method: str = "counter", **more) -> Reading:
    more = {"scope": "machine", "domain": "package-0"} | more
    return Reading({more.pop("domain"): Interval(*joules)}, seconds, method, **more)


def nothing(seconds: float = 1.0, *warnings: str) -> Reading:
    return Reading({}, seconds, "unavailable", "", warnings)


def test_domains_sum_to_the_interval_and_to_kwh_and_watts():
    both = Reading(
        {"package-0": Interval(90, 100, 110), "gpu-0": Interval(180, 200, 230)},
        10.0,
        "counter",
        "machine + GPU",
        apart={"psys": Interval(1, 2, 3)},
    )
    assert both.interval == Interval(270, 300, 340)
    assert both.kwh.best == pytest.approx(300 / 3.6e6)
    assert both.watts == Interval(27, 30, 34)


def test_unavailable_is_never_zero():
    gone = nothing(1.0, "no sensor")
    assert (gone.interval, gone.kwh, gone.watts) == (None, None, None)
    known = reading(9, 10, 11)
    for together in (gone + known, known + gone, sum([known, gone, known])):
        assert (together.method, together.interval) == ("unavailable", None)
        assert "no sensor" in together.warnings
    with pytest.raises(ValueError, match="unavailable is not 0"):
        known.ratio(gone)
    assert "unavailable" in str(gone)
    assert "0 J" not in repr(gone) + gone._repr_html_()


@pytest.mark.parametrize(
    ("joules", "seconds", "method"),
    [
        ({}, 1.0, "counter"),
        ({"cpu": Interval(1, 1, 1)}, 1.0, "unavailable"),
        ({"cpu": Interval(1, 1, 1)}, 1.0, "guessed"),
        ({"cpu": Interval(1, 1, 1)}, -1.0, "counter"),
        ({"cpu": Interval(1, 1, 1)}, math.nan, "counter"),
    ],
)
def test_a_reading_that_contradicts_itself_is_refused(joules, seconds, method):
    with pytest.raises(ValueError, match=r"method|seconds"):
        Reading(joules, seconds, method, "machine")


@pytest.mark.parametrize("bounds", [(2, 1, 3), (0, 4, 3), (math.nan, 1, 2), (0, math.nan, 2)])
def test_bounds_out_of_order_are_refused(bounds):
    with pytest.raises(ValueError, match="low <= best <= high"):
        Interval(*bounds)


def test_sums_add_joules_seconds_and_bounds():
    parts = [reading(9, 10, 11, name="epoch"), reading(18, 20, 24, name="epoch", seconds=5)]
    both = sum(parts)
    assert both.interval == Interval(27, 30, 35)
    assert (both.seconds, both.name, both.method) == (15, "epoch", "counter")


def test_the_least_sure_method_and_all_scopes_remain():
    gpu = reading(1, 2, 9, method="sampled", scope="GPU", domain="gpu-0")
    both = reading(9, 10, 11) + gpu
    assert (both.method, both.scope) == ("sampled", "machine + GPU")
    assert both.interval == Interval(10, 12, 20)
    assert "gpu-0, package-0: in only one" in both.warnings[0]


def test_an_estimate_and_a_measurement_add_only_when_told():
    guess = reading(3, 7, 16, method="estimated", scope="process", domain="cpu")
    known = reading(9, 10, 11)
    for a, b in ((guess, known), (known, guess)):
        with pytest.raises(ValueError, match="mixed=True"):
            a + b
        with pytest.raises(ValueError, match="mixed=True"):
            a.ratio(b)
        both = a.plus(b, mixed=True)
        assert (both.method, both.interval) == ("estimated", Interval(12, 17, 27))
        assert any("estimate and a measurement" in w for w in both.warnings)
    assert guess.ratio(known, mixed=True).best == 0.7


def test_only_readings_add():
    with pytest.raises(TypeError):
        reading(1, 2, 3) + 5
    with pytest.raises(TypeError):
        5 + reading(1, 2, 3)


def test_the_idle_machine_is_subtracted_for_the_same_time():
    above = reading(990, 1000, 1010).above(reading(19, 20, 21, seconds=2.0))
    assert above.interval == Interval(990 - 105, 900, 1010 - 95)
    assert above.seconds == 10
    assert above.warnings == ()


def test_a_difference_within_the_noise_is_said():
    above = reading(95, 100, 105).above(reading(95, 99, 105))
    assert above.interval.low < 0
    assert "interval reaches 0" in above.warnings[0]


@pytest.mark.parametrize(
    ("idle", "why"),
    [
        (nothing(), "by a measurement"),
        (reading(1, 2, 3, method="estimated"), "by a measurement"),
        (reading(1, 2, 3, seconds=0.0), "by a measurement"),
        (reading(1, 2, 3, domain="gpu-0"), "lacks package-0"),
    ],
)
def test_what_is_no_baseline_is_refused(idle, why):
    with pytest.raises(ValueError, match=why):
        reading(9, 10, 11).above(idle)


def test_a_ratio_carries_the_bounds():
    ratio = reading(90, 100, 110).ratio(reading(8, 10, 20))
    assert ratio == Interval(90 / 20, 10, 110 / 8)


def test_a_ratio_to_what_may_be_nothing_has_no_upper_bound():
    assert Interval(1, 2, 3).over(Interval(-1, 1, 2)).high == math.inf
    assert Interval(-1, 2, 3).over(Interval(0, 1, 2)).low == -math.inf
    with pytest.raises(ValueError, match="above 0"):
        Interval(1, 2, 3).over(Interval(-2, 0, 2))


finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-3, 1e6)


def between(bounds, share):
    return bounds[0] + share * (bounds[-1] - bounds[0])


@given(
    st.lists(finite, min_size=3, max_size=3).map(sorted),
    st.lists(positive, min_size=3, max_size=3).map(sorted),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_whatever_the_two_truths_are_the_result_holds_them(a, b, s, t):
    first, second = Interval(*a), Interval(*b)
    x, y = between(a, s), between(b, t)
    for result, truth in (
        (first + second, x + y),
        (first - second, x - y),
        (first.over(second), x / y),
    ):
        slack = 1e-9 * (1 + abs(truth))
        assert result.low - slack <= truth <= result.high + slack


def test_a_call_has_its_share():
    one = reading(90, 100, 110).per(10)
    assert (one.interval, one.seconds) == (Interval(9, 10, 11), 1)
    with pytest.raises(ValueError, match="1 or more"):
        one.per(0)


def test_a_reading_is_frozen_down_to_its_joules_and_can_be_sent():
    one = reading(1, 2, 3, name="x", warnings=("w",), apart={"psys": Interval(1, 2, 3)})
    with pytest.raises(FrozenInstanceError):
        one.seconds = 3
    with pytest.raises(TypeError):
        one.joules["package-0"] = Interval(0, 0, 0)
    assert pickle.loads(pickle.dumps(one)) == one
    assert len({one, pickle.loads(pickle.dumps(one))}) == 1


def test_an_estimate_prints_as_a_range_and_a_measurement_with_its_range():
    guess = reading(3, 7, 16, method="estimated", scope="process", domain="cpu")
    assert str(guess) == "3 to 16 J in 10 s (estimated, process)"
    known = reading(2900, 3000, 3100, name="train")
    assert str(known) == "train: 3 kJ (2.9 to 3.1) in 10 s (counter, machine)"
    assert "1,940" in str(reading(1.9e-4, 1e-3 - 1e-9, 1.94e-3))


def test_the_html_shows_all_and_runs_nothing():
    one = reading(1, 2, 3, name="<script>", warnings=("a < b",), apart={"psys": Interval(4, 5, 6)})
    page = one._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a &lt; b" in page
    assert "psys (apart)" in page
    assert "4 to 6 J" in page
