"""A teacher selected from a library of models, and what it and its students are compared with."""

from __future__ import annotations

import numpy as np

from greenlab.data import Problem
from greenlab.ensemble import select
from greenlab.metrics import Array, rmse
from greenlab.zoo.library import Library


def chosen(library: Library, problem: Problem) -> dict[str, float]:
    """The teacher: names and weights of the models that greedy selection takes, from none on."""
    weights = _weights(library, problem)
    return {library.names[m]: float(weights[m]) for m in np.flatnonzero(weights)}


def lines(library: Library, problem: Problem) -> dict[str, float]:
    """RMSE on a problem's test points of its teacher and of its best single model.

    "Best" is the best on the points for hill climbing.
    """
    best = int(rmse(library.climb, problem.climb_y).argmin())
    teacher = _weights(library, problem) @ library.test
    return {
        "teacher": float(rmse(teacher, problem.test_y)),
        "best single model": float(rmse(library.test[best], problem.test_y)),
    }


def _weights(library: Library, problem: Problem) -> Array:
    return select(library.climb, problem.climb_y, sorted_start=False).weights
