"""The usual slips in the cost lab, computed: what each would give, by its name.

Most functions return {the mistake in words: the value it leads to}, for `check.close`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

import numpy as np

from greenlab import cost

Slips = dict[str, object]


def conv_macs(
    channels: int,
    filters: int,
    kernel: int,
    side: int,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> Slips:
    """Slips of a convolution's multiply-adds."""
    exact = (side + 2 * padding - kernel) / stride + 1

    def macs(out: float = int(exact), channels: float = channels / groups, k2: float = kernel**2):
        return out**2 * filters * channels * k2

    right = macs()
    places = int(exact) ** 2
    return {
        "these are FLOPs, 2 for each multiply-add; the exercise asks for multiply-adds": 2 * right,
        "the kernel's side is not squared": macs(k2=kernel),
        "the kernel's area is missing": macs(k2=1),
        "the output's side is not squared: the kernel is laid on out × out places": (
            right / int(exact)
        ),
        "the places are those of the input; count those of the output": macs(side),
        "the padding is missing in the output's side": (
            macs((side - kernel) // stride + 1) if padding else inf
        ),
        "the padding is added on one side only; it is on both": (
            macs((side + padding - kernel) // stride + 1)
        ),
        "the stride is missing in the output's side": macs(side + 2 * padding - kernel + 1),
        "the output's side is 1 too small: the + 1 is missing": macs(int(exact) - 1),
        "the output's side is not rounded down: use //": macs(exact),
        "the output's side is rounded up: use //": macs(-int(-exact // 1)),
        "the groups are ignored: each filter reads channels / groups": macs(channels=channels),
        "the groups divide once: the filters all count, each reads channels / groups": (
            right / groups
        ),
        "these are the parameters; each is used at every place of the output": right / places,
        "the biases are counted; the exercise leaves them out": right + places * filters,
        "the input's channels are missing": macs(channels=1),
        "the filters are missing: each makes its own output": right / filters,
    }


def flops_to_train(macs: Sequence[float], examples: int, epochs: int) -> Slips:
    """Slips of a training run's FLOPs."""
    forward, every = sum(macs), examples * epochs
    backward = 2 * forward - macs[0]
    right = 2 * (forward + backward) * every
    return {
        "these are multiply-adds: each is 2 FLOPs": right / 2,
        "the backward pass is missing": 2 * forward * every,
        "these are the multiply-adds of the forward passes alone": forward * every,
        "the forward pass is missing": 2 * backward * every,
        "the first layer's backward pass costs once its forward: the images need no gradient": (
            2 * 3 * forward * every
        ),
        "the last layer is spared; it is the first that needs no gradient of its inputs": (
            2 * (3 * forward - macs[-1]) * every
        ),
        "the first layer is left out of the backward pass; its weights need their gradient": (
            2 * (3 * forward - 2 * macs[0]) * every
        ),
        "backward costs as much as forward: each layer makes two gradients": 4 * forward * every,
        "the epochs are missing: every one goes through all examples": right / epochs,
        "the examples are missing": right / examples,
        "this is one example, once": right / every,
        "examples and epochs are added; multiply them": right / every * (examples + epochs),
        "a multiply-add is 2 FLOPs; here it is 4": 2 * right,
    }


def frontier(costs: Sequence[float], values: Sequence[float]) -> Slips:
    """Slips of a Pareto frontier (indices)."""
    x, y = np.asarray(costs, dtype=float), np.asarray(values, dtype=float)
    right = cost.frontier(x, y)
    order = np.lexsort((-y, x))

    def walk(order: Sequence[int], keep: Callable[[float, float], bool]) -> list[int]:
        kept, best = [], -inf
        for i in order:
            if keep(y[i], best):
                kept.append(int(i))
                best = max(best, y[i])
        return kept

    before = [-inf, *y[order][:-1]]
    strictly = [i for i in order if not np.any((x < x[i]) & (y > y[i]))]
    weakly = [i for i in order if np.sum((x <= x[i]) & (y >= y[i])) == 1]
    return {
        "these are in the order of the table; give the cheapest first": sorted(right),
        "these are from the dearest to the cheapest; turn the order round": right[::-1],
        "these are the values; give their indices": y[right],
        "these are the costs; give their indices": x[right],
        "these are places in the sorted list; give the indices in the lists that came": (
            [int(np.flatnonzero(order == i)[0]) for i in right]
        ),
        "a dearer model that is only as good is beaten too: keep what is better, >, than the "
        "best so far": walk(order, lambda value, best: value >= best),
        "of equal cost the best must come first: a worse one of the same cost is beaten": walk(
            np.argsort(x, kind="stable"), lambda value, best: value > best
        ),
        "each is compared with the one before; compare with the best so far": [
            int(i) for i, last in zip(order, before, strict=True) if y[i] > last
        ],
        "as cheap and better, or cheaper and as good, beats too; not only cheaper and better": (
            strictly
        ),
        "of two equal models none is left: they don't beat each other, keep the first": weakly,
        "of equal models the last is kept; keep the first": (
            len(x) - 1 - np.array(cost.frontier(x[::-1], y[::-1]))
        ),
        "these are the models that are beaten": [i for i in range(len(x)) if i not in right],
        "this is only the best model": [int(np.argmax(y))],
        "the lists are walked in their own order; sort by cost first": walk(
            range(len(x)), lambda value, best: value > best
        ),
        "this is the frontier of the cheapest for the least value: more value is better": (
            cost.frontier(x, -y)
        ),
    }


def expected_best(n: int, scores: Sequence[float]) -> Slips:
    """Slips of the expected best of n trials, drawn with replacement."""
    given = np.asarray(scores, dtype=float)
    values, total = np.sort(given), len(given)

    def mean(values: np.ndarray, below: np.ndarray) -> float:
        return float(values @ np.diff(below))

    places = np.arange(total + 1)
    right = (places / total) ** n
    slips: Slips = {
        "this is the best that was seen; n trials are not always that lucky": values[-1],
        "this is the mean, the expected score of one trial: is the power n there?": values.mean(),
        "the scores are not sorted from low to high": mean(given, right),
        "this is the expected worst: sort from low to high": mean(values[::-1], right),
        "this is P(best ≤ v); P(best = v) is its step from the score below": float(
            values @ right[1:]
        ),
        "the ranks are off by one: the lowest score has rank 1, not 0": mean(
            values, ((places - 1) / total) ** n
        ),
        "the ranks are off by one: with the lowest score at rank 0, P(best ≤ v) is "
        "((rank + 1)/N)^n": float(values @ right[:-1]),
        "each score gets probability (1/N)^n; take the step of (rank/N)^n": float(
            values.sum() / total**n
        ),
        "n multiplies; it is a power": n * values.mean(),
        "this is the best of the first n scores; average over all ways to draw n": (
            given[:n].max() if n else -inf
        ),
        "this is the mean of the n best": values[-n:].mean(),
        "this is the mean of the first n scores": given[:n].mean(),
        "the power is n − 1": mean(values, (places / total) ** (n - 1)),
        "the power is n + 1": mean(values, (places / total) ** (n + 1)),
        "the ranks are divided by N − 1": mean(values, (places / max(total - 1, 1)) ** n),
    }
    if n <= total:
        slips["this draws without replacement, C(rank, n)/C(N, n); the paper's draws are with"] = (
            cost.expected_best(n, given, replacement=False)
        )
    return slips


def cost_to_reach(target: float, scores: Sequence[float], example: float, data: float) -> Slips:
    """Slips of E · D · H with H the trials until the expected best is `target`."""
    hyper = cost.cost_to_reach(target, scores, 1, 1)
    seen = next((i + 1 for i, score in enumerate(scores) if score >= target), inf)
    high = sum(score >= target for score in scores)
    return {
        "E, D and H are added; multiply them": example + data + hyper,
        "this is H alone; multiply by E and D": hyper,
        "H is missing: this is one trial's cost": example * data,
        "D is missing": example * hyper,
        "E is missing": data * hyper,
        "H is one trial short of the first whose expected best reaches the target": (
            example * data * (hyper - 1)
        ),
        "H is one trial more than needed: the first n whose expected best is at least the "
        "target": example * data * (hyper + 1),
        "H is the first trial that was as good, by luck; take the expected best": (
            example * data * seen
        ),
        "H is how many trials were run": example * data * len(scores),
        "H is how many of the trials were as good": example * data * high,
        "the expected best of 1,000 trials is still below it: return float('inf')": (
            example * data * 1000
        ),
    }
