"""The usual slips with joules, in the carbon lab: what each would give, by its name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

from greenlab import carbon, check

Bounds = tuple[float, float, float]
Slips = dict[str, Bounds]
KWH = carbon.joules_to_kwh(1)  # of a joule


def unavailable(got: object, what: str) -> None:
    """Raise NotYet unless an answer for unavailable joules is None alone, and say what it is."""
    parts = list(got) if isinstance(got, tuple | list) else [got]
    if got is None:
        return
    if parts and all(part is None for part in parts):
        hint = f"give None alone, not {len(parts)} of them"
    elif all(isinstance(part, Real) and not math.isnan(part) for part in parts):
        hint = "what is unavailable is not 0, nor any other number"
    else:
        hint = "ask first whether joules is None, and give None back"
    raise check.NotYet(f"{what} should give None.\n  Likely mistake: {hint}.")


def above_idle(run: Bounds, run_seconds: float, idle: Bounds, idle_seconds: float) -> Slips:
    """Slips of subtracting the idle machine; (low, best, high) joules."""
    share = run_seconds / idle_seconds
    low, best, high = run
    scaled = [share * joules for joules in idle]

    def less(rest: Sequence[float]) -> Bounds:
        return low - rest[2], best - rest[1], high - rest[0]

    right = less(scaled)
    return {
        "low − low and high − high: the difference is least where the run is low and idle is high "
        "(low − high, best − best, high − low)": tuple(
            a - b for a, b in zip(run, scaled, strict=True)
        ),
        "the idle joules are added; subtract them": tuple(
            a + b for a, b in zip(run, scaled, strict=True)
        ),
        "the idle window has another length; scale it by run_seconds / idle_seconds": less(idle),
        "the idle window has another length, and low − low: scale it, and take low − high": tuple(
            a - b for a, b in zip(run, idle, strict=True)
        ),
        "the idle joules are scaled by idle_seconds / run_seconds; it is the other way round": less(
            [joules / share for joules in idle]
        ),
        "the run is scaled; scale the idle window to the run's length": (
            low / share - idle[2],
            best / share - idle[1],
            high / share - idle[0],
        ),
        "idle watts are subtracted; multiply them by the run's seconds": less(
            [joules / idle_seconds for joules in idle]
        ),
        "these are watts; keep the joules": tuple(joules / run_seconds for joules in right),
        "only the best idle value is subtracted; it has bounds, too": less([scaled[1]] * 3),
        "only the best value is there, three times; carry the bounds": (right[1],) * 3,
        "low and high are swapped": right[::-1],
        "negative values are cut off at 0; keep them: they say that the run may have used no more "
        "than the idle machine": tuple(max(0.0, joules) for joules in right),
        "the sign is wrong: the idle joules come off the run's": tuple(-j for j in right[::-1]),
        "nothing is subtracted": run,
    }


def grams_co2e(joules: Bounds, g_per_kwh: float, pue: float) -> Slips:
    """Slips of the grams behind (low, best, high) joules."""

    def times(factor: float) -> Bounds:
        return tuple(factor * j * KWH * g_per_kwh for j in joules)

    return {
        "the PUE is forgotten": times(1),
        "the PUE is applied twice": times(pue**2),
        "the PUE divides; it multiplies": times(1 / pue),
        "joules are divided by 3600: those are watt-hours; a kWh is 3.6 million joules": times(
            1000 * pue
        ),
        "joules are divided by 1000; a kWh is 3.6 million joules": times(3600 * pue),
        "joules are taken for kWh; a kWh is 3.6 million joules": times(pue / KWH),
        "these are kilograms; g_per_kwh gives grams": times(pue / 1000),
        "these are kWh; multiply them by the grid's g/kWh": tuple(pue * j * KWH for j in joules),
        "3.6 million multiplies; divide the joules by it": times(pue / KWH**2),
        "only the best value is there, three times; carry the bounds": times(pue)[1:2] * 3,
        "low and high are swapped": times(pue)[::-1],
    }
