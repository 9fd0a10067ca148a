"""When to run: a synthetic day of grid intensity, and the start with the least CO2e."""

from __future__ import annotations

import math
from collections.abc import Sequence

from greenlab.carbon.arithmetic import at_least


def synthetic_day(mean_g_per_kwh: float) -> tuple[float, ...]:
    """A made-up day, 24 hourly values in g CO2e/kWh with the given mean: for exercise only.

    SYNTHETIC: no grid measured it. It has the shape that much solar power gives: a dip around
    13:00 and a peak in the evening; depth and width are chosen, not fitted. Real hours come from a
    grid operator. Raises ValueError for a negative mean.
    """
    at_least(0, mean_g_per_kwh=mean_g_per_kwh)
    middles = [hour + 0.5 for hour in range(24)]
    shape = [
        1 - 0.45 * math.exp(-(((h - 13) / 3) ** 2)) + 0.25 * math.exp(-(((h - 20) / 2) ** 2))
        for h in middles
    ]
    return tuple(mean_g_per_kwh * s * 24 / math.fsum(shape) for s in shape)


def mean_intensity(day: Sequence[float], start_hour: int, hours: float) -> float:
    """Average g CO2e/kWh over a job of steady power from `start_hour`, any number of `hours` long.

    `day`: 24 hourly values, repeated day after day. Raises ValueError for another number of
    values, a start that is not a whole hour from 0 to 23 or a length of 0 or less.
    """
    if len(day) != 24:
        raise ValueError(f"a day has 24 hourly values; got {len(day)}")
    if start_hour not in range(24):
        raise ValueError(f"start_hour must be a whole number from 0 to 23; got {start_hour!r}")
    at_least(0, hours=hours)
    if hours == 0:
        raise ValueError("hours must be more than 0")
    days, rest = divmod(hours, 24)
    whole = int(rest)
    parts = [day[(start_hour + i) % 24] for i in range(whole)]
    parts.append((rest - whole) * day[(start_hour + whole) % 24])
    return (days * math.fsum(day) + math.fsum(parts)) / hours


def cheapest_start(day: Sequence[float], hours: float) -> tuple[int, float]:
    """The whole hour at which a job of `hours` emits least, and its average g CO2e/kWh.

    The earliest of equal ones. Raises ValueError as `mean_intensity` does.
    """
    averages = [mean_intensity(day, start, hours) for start in range(24)]
    best = min(range(24), key=averages.__getitem__)
    return best, averages[best]
