"""The cost lab's slips, on the inputs that the lab itself uses: each is caught, by its own name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from greenlab import check
from greenlab.check import close, fits

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "lab2_cost.py"
EXERCISES = [
    "conv_macs",
    "flops_to_train",
    "frontier",
    "points_per_tenfold",
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
    for draws, shares in zip(wrong, fits.log_uniform(low, high, 4).values(), strict=True):
        np.testing.assert_allclose(fits.shares(draws, low, high, 4), shares, atol=1e-3)


def test_numbers_of_any_kind():
    for draws in ([1, 2.5], (np.float32(1), 2.5), np.array([1, 2.5])):
        assert fits.numbers(draws, 2, "f()").tolist() == [1, 2.5]
    wrong = ((None, "no return"), (3.0, "2 numbers"), ([1], "but are 1"), (["a"] * 2, "2 numbers"))
    for draws, sentence in wrong:
        with pytest.raises(check.NotYet, match=sentence):
            fits.numbers(draws, 2, "f()")
