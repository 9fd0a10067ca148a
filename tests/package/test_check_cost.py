"""The cost lab's slips, on the inputs that the lab itself uses: each is caught, by its own name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from greenlab import check, cost
from greenlab.check import close, fits
from greenlab.check import cost as slips

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "lab2_cost.py"
EXERCISES = [
    "conv_macs",
    "flops_to_train",
    "frontier",
    "power_law",
    "log_uniform",
    "expected_best",
    "cost_to_reach",
    "doubling_months",
]


@pytest.fixture(scope="module")
def asked() -> dict[str, list[tuple]]:
    """Every `check.close` of the solved lab's tests: {exercise: [(what, expected, …)]}."""
    cells = re.split(r"^# %%", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    asked: dict[str, list[tuple]] = {}
    scope: dict[str, object] = {"__name__": "lab"}
    with pytest.MonkeyPatch.context() as patch:
        for cell in cells:
            header, body = cell.split("\n", 1)
            kind = re.match(r' (given="setup"|solution=|tests=)(?:"(\w+)")?', header)
            if not kind:
                continue
            calls = asked.setdefault(kind.group(2), []) if kind.group(2) else []

            def record(got, expected, what, mistakes=None, tol=1e-4, calls=calls):
                close(got, expected, what, mistakes, tol)  # the solved lab is right
                calls.append((what, expected, mistakes or {}, tol))

            patch.setattr(check, "close", record)
            exec(body, scope)
    return {name: calls for name, calls in asked.items() if calls}


def test_every_exercise_compares_values_and_names_slips(asked):
    assert list(asked) == EXERCISES
    for name, calls in asked.items():
        assert any(len(mistakes) > 3 for _, _, mistakes, _ in calls), name


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_slip_is_caught_and_named_by_its_own_name(exercise, asked):
    calls = asked[exercise]
    never = []
    for slip in dict.fromkeys(name for _, _, mistakes, _ in calls for name in mistakes):
        told = []
        for what, expected, mistakes, tol in calls:
            if slip in mistakes:
                try:
                    close(mistakes[slip], expected, what, mistakes, tol)
                except check.NotYet as error:
                    told.append(str(error))
        if not any(f"Likely mistake: {slip}." in text for text in told):
            never.append((slip, told))
    assert not never


def test_shares_of_a_log_axis():
    draws = np.array([0.001, 0.002, 0.02, 0.5, 0.9, 1.0])
    assert fits.shares(draws, 0.001, 1.0, 3).tolist() == [2 / 6, 1 / 6, 3 / 6]
    with pytest.raises(
        check.NotYet, match=r"2 of 6 draws lie outside 0.002 to 0.95, such as 0.001"
    ):
        fits.shares(draws, 0.002, 0.95, 3)
    with pytest.raises(check.NotYet, match="1 of 1 draws lie outside"):
        fits.shares(np.array([np.nan]), 1, 2, 3)


@pytest.mark.parametrize("low_high", [(1e-4, 1.0), (8, 512)])
def test_slips_in_drawing_are_those_shares(low_high):
    low, high = low_high
    u = (np.arange(400_000) + 0.5) / 400_000
    wrong = [
        low + (high - low) * u,
        1 / (1 / low + (1 / high - 1 / low) * u),
        (low**0.5 + (high**0.5 - low**0.5) * u) ** 2,
        low * (high / low) ** u**2,
    ]
    for draws, shares in zip(wrong, fits.log_uniform(low, high, 4).values(), strict=False):
        np.testing.assert_allclose(fits.shares(draws, low, high, 4), shares, atol=1e-3)


def test_exp_of_a_log10_may_fall_inside_the_range():
    u = (np.arange(400_000) + 0.5) / 400_000
    shares = list(fits.log_uniform(1e-4, 1.0, 4).values())[-1]
    np.testing.assert_allclose(fits.shares(np.exp(-4 * (1 - u)), 1e-4, 1.0, 4), shares, atol=1e-3)


@pytest.mark.parametrize(
    ("low", "high", "draw", "says"),
    [
        (1e-4, 1.0, lambda low, high, u: np.log(low) + np.log(high / low) * u, "undo np.log"),
        (8, 512, lambda low, high, u: np.log(low) + np.log(high / low) * u, "undo np.log"),
        (1e-4, 1.0, lambda low, high, u: np.log10(low) + np.log10(high / low) * u, "still log10"),
        (1e-4, 1.0, lambda low, high, u: (high / low) ** u, "you forget low"),
        (8, 512, lambda low, high, u: np.exp(np.log10(low) + np.log10(high / low) * u), "exp of a"),
        (
            8,
            512,
            lambda low, high, u: 10 ** (np.log(low) + np.log(high / low) * u),
            "it should be exp",
        ),
        (8, 512, lambda low, high, u: low - high * u, "exp undoes log, 10 ** undoes log10"),
    ],
)
def test_draws_outside_are_told_why(low, high, draw, says):
    draws = draw(low, high, np.random.default_rng(0).random(4000))
    with pytest.raises(check.NotYet, match=re.escape(says)):
        fits.shares(draws, low, high, 4)


def test_two_calls_that_differ_are_a_simulation():
    for same in ((81.5, 81.5), (float("nan"), float("nan")), (None, None), ([1.0], [2.0])):
        fits.steady(*same, "f()")
    with pytest.raises(check.NotYet, match="you draw at random"):
        fits.steady(81.5, 81.6, "f()")


SCORES = [71.0, 62.0, 84.0, 90.0]


@pytest.mark.parametrize(
    ("target", "most", "wrong", "says"),
    [
        (80.0, 1000, np.inf, "you give up too early (n = 2 is enough)"),
        (80.0, 2, np.inf, "you don't try the last n"),
        (80.0, 1, 24.0, "you don't use most"),
        (76.75, 1000, 24.0, "you ask for more than the target"),
        (80.0, 1000, 36.0, "your H is one trial too many"),
        (95.0, 1000, 12000.0, "it should be float('inf')"),
    ],
)
def test_slips_of_the_price_depend_on_where_it_ends(target, most, wrong, says):
    right = cost.cost_to_reach(target, SCORES, 3, 4, most)
    with pytest.raises(check.NotYet, match=re.escape(says)):
        close(wrong, right, "it", slips.cost_to_reach(target, SCORES, 3, 4, most))


def test_numbers_of_any_kind():
    for draws in ([1, 2.5], (np.float32(1), 2.5), np.array([1, 2.5])):
        assert fits.numbers(draws, 2, "f()").tolist() == [1, 2.5]
    wrong = ((None, "no return"), (3.0, "2 numbers"), ([1], "but are 1"), (["a"] * 2, "2 numbers"))
    for draws, sentence in wrong:
        with pytest.raises(check.NotYet, match=sentence):
            fits.numbers(draws, 2, "f()")
