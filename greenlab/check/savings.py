"""The usual slips in counting what pruning costs and saves, computed, by their names.

Functions return {the mistake in words: the value it leads to}, for `check.close`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import sqrt

import torch
from torch import Tensor

from greenlab import check
from greenlab import layerwise as package

Slips = dict[str, Tensor | float]


def penalty(ws: Sequence[Tensor], l1: float, l2: float) -> Slips:
    """Slips of the penalty over several weight tensors."""
    ones, squares = sum(w.abs().sum() for w in ws), sum(w.square().sum() for w in ws)
    n = sum(w.numel() for w in ws)

    def each(one: Callable[[Tensor], Tensor], two: Callable[[Tensor], Tensor]) -> Tensor:
        return sum(l1 * one(w) + l2 / 2 * two(w) for w in ws)

    return {
        "the magnitudes are missing in the L1 part: take w.abs()": each(
            lambda w: w.sum(), lambda w: w.square().sum()
        ),
        "the L2 part is halved in the text: l2 / 2": l1 * ones + l2 * squares,
        "only the L2 part is halved": (l1 * ones + l2 * squares) / 2,
        "l1 and l2 are swapped": l2 * ones + l1 / 2 * squares,
        "the mean is taken over each layer's weights; take the sum": each(
            lambda w: w.abs().mean(), lambda w: w.square().mean()
        ),
        "the mean is taken over all weights; take the sum": (l1 * ones + l2 / 2 * squares) / n,
        "a root is taken in the L2 part; keep the sum of squares": each(
            lambda w: w.abs().sum(), lambda w: w.norm()
        ),
        "the square is taken after the sum; square each weight": each(
            lambda w: w.abs().sum(), lambda w: w.sum() ** 2
        ),
        "only the last layer counts; add the layers up": package.penalty(ws[-1:], l1, l2),
        "only the first layer counts; return after the loop": package.penalty(ws[:1], l1, l2),
        "the L2 part is missing": l1 * ones,
        "the L1 part is missing": l2 / 2 * squares,
        "the parts are not multiplied by l1 and l2": ones + squares / 2,
    }


def gradient(penalty: Callable[..., Tensor], ws: Sequence[Tensor], l1: float, l2: float) -> Tensor:
    """The gradient of `penalty(ws, l1, l2)` by all weights, in one vector.

    Raises NotYet when there is none.
    """
    ws = [w.clone().requires_grad_() for w in ws]
    value = penalty(ws, l1, l2)
    if isinstance(value, Tensor) and value.requires_grad:
        value.backward()
    check.that(
        all(w.grad is not None for w in ws),
        "No gradient of the penalty reaches the weights, so it has no effect on training.\n"
        "  Likely mistake: .item(), float(…), .detach(), a new tensor or torch.no_grad().",
    )
    return torch.cat([w.grad.flatten() for w in ws])


def retraining_dropout(rate: float, kept: int, connections: int) -> Slips:
    """Slips of the dropout rule."""
    share = kept / connections
    return {
        "the root is missing": rate * share,
        "the fraction is upside down: fewer connections want less dropout": (
            rate * sqrt(connections / max(kept, 1))
        ),
        "the fraction is upside down, and the root is missing": rate / max(share, 1e-9),
        "the pruned connections are counted; take those that are left": rate * sqrt(1 - share),
        "the root goes over the rate too": sqrt(rate * share),
        "the share is squared; take its root": rate * share**2,
        "this is the share of inputs that dropout keeps; give the rate": 1 - rate * sqrt(share),
        "this is the rule for what dropout keeps, 1 - D; it is for the rate D": (
            1 - (1 - rate) * sqrt(share)
        ),
        "the rate did not change": rate,
    }


def times_fewer(sizes: Iterable[int], biases: Iterable[int], densities: Iterable[float]) -> Slips:
    """Slips of the rate of compression."""
    sizes, biases, densities = list(sizes), list(biases), list(densities)
    pairs = list(zip(sizes, densities, strict=True))
    kept, n, b = sum(s * d for s, d in pairs), sum(sizes), sum(biases)
    mean = sum(densities) / len(densities)
    pruned_biases = sum(bias * d for bias, d in zip(biases, densities, strict=True))
    return {
        "the biases are left out; count them, before and after": n / kept,
        "the biases are counted before only; none of them is pruned": (n + b) / kept,
        "the biases are counted after only": n / (kept + b),
        "the biases are pruned too; they are all kept": (n + b) / (kept + pruned_biases),
        "the mean of the densities is taken; a large layer weighs more": 1 / mean,
        "the mean of the densities is taken for all weights; a large layer weighs more": (
            (n + b) / (mean * n + b)
        ),
        "this is the share that is kept; turn the fraction round": (kept + b) / (n + b),
        "a density is the share that is kept, not pruned": (n + b) / (n - kept + b),
        "this is how many parameters are kept": kept + b,
        "this is the share that is pruned": 1 - (kept + b) / (n + b),
    }


def csr_bytes(mask: Tensor) -> Slips:
    """Slips of the bytes of a CSR form; `mask` is (rows, columns)."""
    (rows, columns), k = mask.shape, int(mask.sum())
    return {
        "the row starts are missing: rows + 1 numbers of 4 bytes": 8 * k,
        "there are rows + 1 row starts: the last says where the last row ends": 8 * k + 4 * rows,
        "the row starts are counted by the columns": 8 * k + 4 * (columns + 1),
        "the columns' numbers are missing: 4 bytes for each kept weight": 4 * k + 4 * (rows + 1),
        "these are the bytes of the values alone": 4 * k,
        "these are the bytes of the dense layer": 4 * rows * columns,
        "each kept weight has its row's number too; CSR has one start for each row": 12 * k,
        "the numbers have 4 bytes each (int32), not 8": 12 * k + 8 * (rows + 1),
        "these are numbers; each takes 4 bytes": 2 * k + rows + 1,
        "these are bits; 8 make a byte": 8 * (8 * k + 4 * (rows + 1)),
        "the pruned weights are stored; store the kept ones": (
            8 * (rows * columns - k) + 4 * (rows + 1)
        ),
    }
