"""How good predicted probabilities of class 1 are: RMSE, cross-entropy, accuracy, ROC area.

`predictions` (…, n): probabilities of class 1; `targets` (n,): 0 or 1. Each metric is taken over
the last axis, so that many models are scored at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

ROUNDED = 1e-9  # a mean of probabilities may be so much above 1
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

    Raises ValueError when the targets are all of one class or a prediction is outside [0, 1].
    """
    p, ones = np.asarray(predictions, dtype=np.float64), np.equal(targets, 1)
    n, k = ones.size, int(ones.sum())
    if not 0 < k < n:
        raise ValueError("the area under the ROC curve needs points of both classes")
    if p.shape[-1:] != ones.shape:
        raise ValueError(f"predictions (…, n) need targets (n,), got {p.shape} and {ones.shape}")
    if not ((p >= 0) & (p <= 1 + ROUNDED)).all():
        raise ValueError("the area under the ROC curve needs predictions in [0, 1]")
    # A double from 0 to below 2 has the order of its bits. With the target as one bit more behind
    # them, numbers can be sorted, several times as fast as ranked: a 1 comes after the 0s that it
    # ties with; with that bit flipped, before.
    codes = (p + 0.0).reshape(-1, n).view(np.int64) << 1 | ones  # + 0.0: no -0.0
    after = np.sort(codes)
    above = _places(after & 1) - k * (k - 1) / 2
    tied = (after[:, 1:] ^ after[:, :-1] == 1).any(-1)
    if tied.any():
        before = np.sort(codes[tied] ^ 1)
        above[tied] = (above[tied] + _places(~before & 1) - k * (k - 1) / 2) / 2
    return (above / (k * (n - k))).reshape(p.shape[:-1])


def _places(ones: NDArray[np.int64]) -> Array:
    # The sum of the places 0, 1, … of the 1s in each row (rows, n).
    return ones.astype(np.float64) @ np.arange(ones.shape[1], dtype=np.float64)


METRICS: dict[str, Callable[[ArrayLike, ArrayLike], Array]] = {
    "rmse": rmse,
    "cross_entropy": cross_entropy,
    "accuracy": accuracy,
    "auc": auc,
}
HIGHER_IS_BETTER = {"accuracy", "auc"}
