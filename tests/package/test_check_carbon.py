"""The carbon lab's slips: none is the right answer, each is named, each by one meaning."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from greenlab import carbon, check
from greenlab.check import carbon as slips
from greenlab.check import choices, close, joules
from greenlab.energy.baseline import above_idle

ROOT = Path(__file__).resolve().parents[2]
DAY = [110, 100, *[400] * 10, 80, *[400] * 9, 200, 120]
TIE = "of equally good starts the earliest is asked for"
CASES = {
    "energy_kwh": (slips.energy_kwh, carbon.energy_kwh, (10, 100, 50, 200, 2, 1.3)),
    "co2e": (slips.co2e, carbon.co2e, (250, 0.2)),
    "training_cost": (slips.training_cost, carbon.training_cost, (1515.43, 84, "V100", 8)),
    "hours_behind": (slips.hours_behind, carbon.hours_behind, (103_000, 0.43, 1000)),
    "above_idle": (joules.above_idle, above_idle, ((38, 40, 42), 4, (95, 100, 110), 10)),
    "grams_co2e": (joules.grams_co2e, carbon.grams_co2e, ((1.8e6, 3.6e6, 7.2e6), 400, 1.5)),
    "cheapest_start": (choices.cheapest_start, carbon.cheapest_start, (DAY, 4)),
    "per_model_kg": (choices.per_model_kg, carbon.per_model_kg, (88_000, 88, 4, 90)),
}


def same(a: object, b: object) -> bool:
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_a_slip_is_never_the_right_answer(name):
    slips_of, right, arguments = CASES[name]
    for mistake, value in slips_of(*arguments).items():
        if mistake != TIE:  # there is none in DAY
            assert not same(value, right(*arguments)), mistake


def test_the_last_of_equally_good_starts():
    day = [*[500] * 5, 200, 200, *[500] * 10, 200, 200, *[500] * 5]
    assert carbon.cheapest_start(day, 2) == (5, 200)
    assert choices.cheapest_start(day, 2)[TIE] == (17, 200)


@pytest.mark.parametrize("name", CASES)
def test_nearly_all_slips_are_told_apart(name):
    slips_of, _, arguments = CASES[name]
    values = list(slips_of(*arguments).values())
    alike = sum(any(same(value, other) for other in values[:i]) for i, value in enumerate(values))
    assert alike <= 3  # on one day several wrong windows can begin at the same hour


@pytest.mark.parametrize("name", CASES)
def test_the_right_answer_passes_beside_its_slips(name):
    slips_of, right, arguments = CASES[name]
    check.close(right(*arguments), right(*arguments), name, slips_of(*arguments))


def test_slips_by_hand():
    energy = slips.energy_kwh(10, 100, 50, 200, 2, 1.5)  # 8.25 kWh
    assert energy["the PUE is applied twice"] == pytest.approx(12.375)
    one = next(value for mistake, value in energy.items() if "number of GPUs is missing" in mistake)
    assert one == pytest.approx(5.25)
    idle = joules.above_idle((10, 12, 15), 2, (3, 4, 5), 4)  # right: 7.5, 10, 13.5
    low = next(value for mistake, value in idle.items() if mistake.startswith("low − low and"))
    assert low == (8.5, 10, 12.5)
    start = choices.cheapest_start(DAY, 4)
    cut = next(value for mistake, value in start.items() if "late starts look clean" in mistake)
    assert cut == (23, 30)  # 120 g/kWh of one hour, over four


def test_the_slips_of_kilograms_are_in_the_grids_order():
    made = choices.by_country(200, [40, 500])
    assert made["these are grams; the exercise asks for kilograms"] == [8000, 100_000]
    assert not any(same(value, [8, 100]) for value in made.values())


def test_a_job_of_a_whole_day_has_slips_too():
    assert choices.cheapest_start(DAY, 24)
    assert choices.cheapest_start(DAY, 1)


# answers of several numbers


@pytest.mark.parametrize("got", [(1, 2.5), [1, 2.5], np.array([1, 2.5]), (np.float32(1), 2.5)])
def test_numbers_of_any_kind(got):
    assert slips.numbers(got, "f(x)", ("low", "high")) == [1, 2.5]


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (None, "no return"),
        (3.5, "should give 2 numbers (low, high), but gave the number 3.5 alone"),
        ((1, 2, 3), "it gave 3"),
        ((), "it gave 0"),
        ((1, (2, 3)), "“high” should be a number, but is a tuple of 2"),
        ((1, None), "“high” should be a number, but is None"),
        (("a", 2), "“low” should be a number, but is 'a'"),
        ({"low": 1, "high": 2}, "gave a dict; give the numbers alone, in this order: low, high"),
        ((n for n in (1, 2)), "put tuple(…) around it"),
        ({1, 2}, "put tuple(…) around it"),
    ],
)
def test_numbers_says_what_is_there_instead(got, says):
    with pytest.raises(check.NotYet) as caught:
        slips.numbers(got, "f(x)", ("low", "high"))
    assert says in str(caught.value)


def test_unavailable_is_none_alone():
    joules.unavailable(None, "f(None)")
    for got, says in (
        ((None, None, None), "give None alone, not 3 of them"),
        (0, "not 0"),
        ([0.0, 0.0, 0.0], "not 0"),
        (float("nan"), "whether joules is None"),
        ("unavailable", "whether joules is None"),
        ((), "not 0"),
    ):
        with pytest.raises(check.NotYet, match=says):
            joules.unavailable(got, "f(None)")


def test_an_index_past_the_day_is_explained():
    def late(day, hours):
        return day[hours + 23], 0

    with pytest.raises(check.NotYet, match=r"IndexError.*\n.*past hour 23"):
        choices.started(late, DAY, 4, "late(day, 4)")
    assert choices.started(carbon.cheapest_start, DAY, 4, "it") == (22, 132.5)
    with pytest.raises(KeyError):
        choices.started(lambda day, hours: {}[0], DAY, 4, "it")


GRIDS = {"Beta": 500, "Alpha": 300, "Delta": 40, "Gamma": 800}


def test_ranked_takes_pairs_apart():
    pairs = carbon.by_country(200, GRIDS)
    names, kg = choices.ranked(pairs, "it")
    assert (names, kg) == (["Delta", "Alpha", "Beta", "Gamma"], [8, 60, 100, 160])
    choices.order(names, GRIDS, "it")
    choices.order(tuple(names), GRIDS, "it")


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (None, "no return"),
        ({"Delta": 8}, "gave a dict"),
        (["Delta", "Alpha"], "list of pairs"),
        ([("Delta", "much")], "list of pairs"),
        ([(8, "Delta"), (60, "Alpha")], "swap them: the country first"),
        (7, "list of pairs"),
    ],
)
def test_ranked_says_what_is_there_instead(got, says):
    with pytest.raises(check.NotYet, match=says):
        choices.ranked(got, "it")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["Gamma", "Beta", "Alpha", "Delta"], "dirtiest is first"),
        (["Alpha", "Beta", "Delta", "Gamma"], "sorted by name"),
        (list(GRIDS), "as they came"),
        (["Delta"], "it should be"),
    ],
)
def test_a_wrong_order_is_named(names, says):
    with pytest.raises(check.NotYet, match=says):
        choices.order(names, GRIDS, "it")


# slips, on the inputs that the lab itself uses


@pytest.fixture(scope="module")
def lab_checks():
    """Every `check.close` of the solved lab's tests: {exercise: [(what, expected, mistakes)]}."""
    text = (ROOT / "solutions" / "lab1_carbon.py").read_text(encoding="utf-8")
    asked: dict[str, list[tuple]] = {}
    scope: dict[str, object] = {"__name__": "lab"}
    wanted = r' (given="(?:setup|prices)"|solution=|tests=)(?:"(\w+)")?'
    with pytest.MonkeyPatch.context() as patch:
        for cell in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
            header, body = cell.split("\n", 1)
            kind = re.match(wanted, header)
            if not kind:
                continue
            calls = asked.setdefault(kind.group(2), []) if kind.group(2) else []

            def record(got, expected, what, mistakes=None, tol=1e-4, calls=calls):
                close(got, expected, what, mistakes, tol)  # the solved lab is right
                calls.append((what, expected, mistakes or {}, tol))

            patch.setattr(check, "close", record)
            exec(body, scope)
    return {name: calls for name, calls in asked.items() if calls}


@pytest.mark.parametrize("exercise", [*CASES, "by_country"])
def test_each_slip_is_caught_and_named_by_its_own_name(exercise, lab_checks):
    """Each slip fails some check of the solved lab, and some check calls it by its own name."""
    never = []
    calls = lab_checks[exercise]
    for slip in dict.fromkeys(name for call in calls for name in call[2]):
        told = []
        for what, expected, mistakes, tol in calls:
            try:
                close(mistakes.get(slip, expected), expected, what, mistakes, tol)
            except check.NotYet as error:
                told.append(str(error))
        if not any(f"Likely mistake: {slip}." in text for text in told):
            never.append((slip, told))
    assert not never
