"""Model compression step by step (Buciluă, Caruana, Niculescu-Mizil 2006), as lab 3 writes it.

A member of an ensemble is a function from rows (n, d) to probabilities of class 1 (n,); weights
sum to 1. Rows are floats, continuous attributes scaled to [0, 1], nominal ones coded 0 and 1.
`greenlab.ensemble`, `greenlab.synth` and `greenlab.students` do the same faster, and more of it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone

from greenlab.data import Problem
from greenlab.ensemble import greedy_step
from greenlab.metrics import Array, rmse
from greenlab.munging import squared
from greenlab.students import cross_entropy as mimic_loss
from greenlab.synth import rand
from greenlab.zoo.models import models

__all__ = [
    "Member",
    "greedy_step",
    "label",
    "mimic_loss",
    "munge",
    "munge_pair",
    "nearest_other",
    "net_bytes",
    "rand",
    "rmse",
    "trained",
]

Predict = Callable[[Array], Array]


def nearest_other(rows: Array, i: int) -> int:
    """The number of the row nearest to row `i` of `rows` (n, d), not itself; the first of several.

    By Euclidean distance; a nominal attribute coded 0 and 1 adds 1 where it differs.
    """
    itself = np.arange(len(rows)) == i
    return int(np.where(itself, np.inf, squared(rows, rows[i])).argmin())


def munge_pair(
    rows: Array,
    i: int,
    j: int,
    p: float,
    s: float,
    rng: np.random.Generator,
    nominal: Sequence[int] = (),
) -> None:
    """The step of MUNGE (Algorithm 1) for e = `rows[i]` and e′ = `rows[j]`, both changed in place.

    With probability p for each attribute a: continuous, e_a ~ N(e′_a, sd) and e′_a ~ N(e_a, sd)
    with sd = |e_a − e′_a| / s; nominal, e_a and e′_a are swapped.
    """
    e, other = rows[i].copy(), rows[j].copy()
    change = rng.random(len(e)) < p
    sd = np.abs(e - other) / s
    sd[list(nominal)] = 0  # the other's value itself: a swap
    rows[i] = np.where(change, rng.normal(other, sd), e)
    rows[j] = np.where(change, rng.normal(e, sd), other)


def munge(
    x: Array, k: int, p: float, s: float, rng: np.random.Generator, nominal: Sequence[int] = ()
) -> Array:
    """MUNGE with nominal attributes coded 0 and 1: k changed copies of `x` (n, d), (k · n, d).

    Its draws come in another order than those of `synth.munge`; their distribution is the same.
    """
    copies = [x.copy() for _ in range(k)]
    for rows in copies:
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
    return np.concatenate([x[:0], *copies])


def label(x: Array, members: Sequence[Predict], weights: Sequence[float]) -> Array:
    """The ensemble's probabilities of class 1 (n,): the weighted mean of its members'.

    A member of weight 0 is not asked: its answer would cost time and change nothing.
    """
    pairs = zip(members, weights, strict=True)
    return sum((w * member(x) for member, w in pairs if w > 0), np.zeros(len(x)))


def net_bytes(inputs: int, hidden: int) -> int:
    """Bytes of a student's weights and biases as float32: one hidden layer, one output."""
    return 4 * ((inputs + 1) * hidden + hidden + 1)


@dataclass(frozen=True, eq=False)
class Member:
    """A trained model of the library; called with rows (n, d), its probabilities of class 1."""

    name: str
    model: BaseEstimator

    def __call__(self, x: Array) -> Array:
        return self.model.predict_proba(x)[:, 1]

    @property
    def bytes(self) -> int:
        """The size of the model's file."""
        file = io.BytesIO()
        joblib.dump(self.model, file)
        return file.tell()


def trained(problem: Problem, names: Sequence[str]) -> list[Member]:
    """Models of the library by name, trained here on the problem's training rows.

    Raises KeyError for a name that the library does not have.
    """
    fresh = models(problem.values)
    fit = (problem.train_x, problem.train_y)
    return [Member(name, clone(fresh[name]).fit(*fit)) for name in names]
