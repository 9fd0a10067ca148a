"""The idle baseline in plain numbers: what a run used on top of the machine at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from greenlab.energy.reading import Interval


def above_idle(
    run: Sequence[float], run_seconds: float, idle: Sequence[float], idle_seconds: float
) -> tuple[float, float, float]:
    """(low, best, high) joules of a run less those of the idle machine over the same time.

    `run`, `idle`: (low, best, high) joules of two windows of any length. The difference is least
    where the run used least and the idle machine most. It may be negative: then the two can't be
    told apart. Raises ValueError for bounds out of order and for no idle seconds.
    """
    if not (run_seconds >= 0 and idle_seconds > 0):
        raise ValueError(
            f"seconds must be 0 or more, idle ones above 0; got {run_seconds}, {idle_seconds}"
        )
    return astuple(Interval(*run) - Interval(*idle).scaled(run_seconds / idle_seconds))
