"""How good predicted probabilities of class 1 are: RMSE, cross-entropy, accuracy, ROC area.

`predictions` (…, n): probabilities of class 1; `targets` (n,): 0 or 1. Each metric is taken over
the last axis, so that many models are scored at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]

CLIP = 1e-7  # cross-entropy takes no probability for smaller, or it could be infinite


def rmse(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Root mean squared error √(mean (p − y)²) over the last axis of `predictions` (…, n)."""
    return np.sqrt(np.square(np.asarray(predictions) - targets).mean(-1))


def cross_entropy(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """−mean (y log p + (1 − y) log(1 − p)) over the last axis, in nats; p kept off 0 and 1."""
    p = np.clip(predictions, CLIP, 1 - CLIP)
    return -np.log(np.where(np.equal(targets, 1), p, 1 - p)).mean(-1)


def accuracy(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Share of points in their class over the last axis: class 1 from p = 0.5 upward."""
    return (np.greater_equal(predictions, 0.5) == np.equal(targets, 1)).mean(-1)


def auc(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Area under the ROC curve over the last axis: how often a 1 ranks above a 0, ties half.

    Raises ValueError when the targets are all of one class.
    """
    ones = np.equal(targets, 1)
    n, k = ones.size, int(ones.sum())
    if not 0 < k < n:
        raise ValueError("the area under the ROC curve needs points of both classes")
    ranks = rankdata(predictions, axis=-1)[..., ones]
    return (ranks.sum(-1) - k * (k + 1) / 2) / (k * (n - k))


METRICS: dict[str, Callable[[ArrayLike, ArrayLike], Array]] = {
    "rmse": rmse,
    "cross_entropy": cross_entropy,
    "accuracy": accuracy,
    "auc": auc,
}
HIGHER_IS_BETTER = {"accuracy", "auc"}
