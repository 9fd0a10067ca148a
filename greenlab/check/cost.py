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
        "you give FLOPs, 2 for each multiply-add; it should be multiply-adds": 2 * right,
        "you take the kernel's side; it should be its area, kernel²": macs(k2=kernel),
        "you leave the kernel's area out; each number of the output reads all of it": macs(k2=1),
        "you take out places; it should be out × out, the output has two sides": (
            right / int(exact)
        ),
        "you count the places of the input; it should be those of the output": macs(side),
        "you put the + 1 inside the division; it should be added after rounding down": (
            macs((side + 2 * padding - kernel + 1) // stride)
        ),
        "you leave the padding out of the output's side; it should be there on both sides": (
            macs((side - kernel) // stride + 1) if padding else inf
        ),
        "you add the padding on one side; it should be on both": (
            macs((side + padding - kernel) // stride + 1)
        ),
        "you leave the stride out of the output's side; it should divide": (
            macs(side + 2 * padding - kernel + 1)
        ),
        "you leave out the + 1: your output's side is 1 too small": macs(int(exact) - 1),
        "you don't round the output's side down; it should be //": macs(exact),
        "you round the output's side up; it should be rounded down, by //": (
            macs(-int(-exact // 1))
        ),
        "you ignore the groups; each filter should read channels / groups": macs(channels=channels),
        "you divide by the groups twice; only the channels that a filter reads should be divided": (
            right / groups
        ),
        "you give the parameters; each should be counted at every place of the output": (
            right / places
        ),
        "you count the biases, too; they should be left out": right + places * filters,
        "you leave the input's channels out; each filter should read them": macs(channels=1),
        "you leave the filters out; each should make its own output": right / filters,
    }


def flops_to_train(macs: Sequence[float], examples: int, epochs: int) -> Slips:
    """Slips of a training run's FLOPs."""
    forward, every = sum(macs), examples * epochs
    backward = 2 * forward - macs[0]
    right = 2 * (forward + backward) * every
    return {
        "you give multiply-adds; it should be FLOPs, 2 for each": right / 2,
        "you leave the backward pass out; it should be added": 2 * forward * every,
        "you give the forward passes' multiply-adds; it should be FLOPs, forward and backward": (
            forward * every
        ),
        "you leave the forward pass out; it should be added": 2 * backward * every,
        "you count two gradients for the first layer; it needs one, for its inputs are data": (
            2 * 3 * forward * every
        ),
        "you subtract the first layer's multiply-adds from FLOPs; they should be doubled, too": (
            (2 * 3 * forward - macs[0]) * every
        ),
        "you spare the last layer; it should be the first, whose inputs need no gradient": (
            2 * (3 * forward - macs[-1]) * every
        ),
        "you leave the first layer out of the backward pass; its weights need one gradient": (
            2 * (3 * forward - 2 * macs[0]) * every
        ),
        "you take backward as forward; each layer should make two gradients": 4 * forward * every,
        "you leave the epochs out; each should go through all examples": right / epochs,
        "you leave the examples out; it should be all of them": right / examples,
        "you give one example, once; it should be all examples in all epochs": right / every,
        "you add examples and epochs; they should be multiplied": (
            right / every * (examples + epochs)
        ),
        "you count 4 FLOPs for a multiply-add; it should be 2": 2 * right,
    }


def frontier(costs: Sequence[float], values: Sequence[float]) -> Slips:
    """Slips of a Pareto frontier (indices)."""
    x, y = np.asarray(costs, dtype=float), np.asarray(values, dtype=float)
    right = cost.frontier(x, y)
    order, by_cost = np.lexsort((-y, x)), np.argsort(x, kind="stable")

    def walk(order: Sequence[int], keep: Callable[[float, float], bool]) -> list[int]:
        kept, best = [], -inf
        for i in order:
            if keep(y[i], best):
                kept.append(int(i))
                best = max(best, y[i])
        return kept

    def truly_below(order: Sequence[int]) -> list[int]:  # beaten: by a cheaper and better one
        return [int(i) for i in order if not np.any((x < x[i]) & (y > y[i]))]

    before = [-inf, *y[order][:-1]]
    cheaper = [int(i) for i in order if not np.any((x < x[i]) & (y >= y[i]))]
    alone = [int(i) for i in order if np.sum((x <= x[i]) & (y >= y[i])) == 1]
    return {
        "you keep the order of the table; the cheapest should come first": sorted(right),
        "you go from the most expensive to the cheapest; it should be the other way around": (
            right[::-1]
        ),
        "you give the values; it should be their indices": y[right],
        "you give the costs; it should be their indices": x[right],
        "you give places in the sorted list; it should be the indices in the lists that came": (
            [int(np.flatnonzero(order == i)[0]) for i in right]
        ),
        "you keep a more expensive model that is only as good; it should be better, >, than the "
        "best so far": walk(order, lambda value, best: value >= best),
        "you keep a worse model of the same cost; of equal cost the best should come first": walk(
            by_cost, lambda value, best: value > best
        ),
        "you let only cheaper models beat; as cheap and better should beat, too": cheaper,
        "you compare each with the one before; it should be with the best so far": [
            int(i) for i, last in zip(order, before, strict=True) if y[i] > last
        ],
        "you let only what is cheaper and better beat; as cheap and better, or cheaper and as "
        "good, should, too": truly_below(order),
        "you ask for cheaper and better at once; one of the two should do, where the other is "
        "equal": truly_below(by_cost),
        "you drop both of two equal models; neither beats the other, the first should stay": alone,
        "you keep the last of equal models; it should be the first": (
            len(x) - 1 - np.array(cost.frontier(x[::-1], y[::-1]))
        ),
        "you give the models that are beaten; it should be the others": [
            i for i in range(len(x)) if i not in right
        ],
        "you give only the best model; it should be all that no other beats": [int(np.argmax(y))],
        "you go through the lists as they came; they should be sorted by cost first": walk(
            range(len(x)), lambda value, best: value > best
        ),
        "you look for the least value; more should be better": cost.frontier(x, -y),
    }


def cost_to_reach(
    target: float, scores: Sequence[float], example: float, data: float, most: int = 1000
) -> Slips:
    """Slips of E · D · H with H the trials until the expected best is `target`, or inf."""
    right = cost.cost_to_reach(target, scores, example, data, most)
    endless = cost.cost_to_reach(target, scores, 1, 1)
    if right == inf:
        return {
            "you don't use most; it should be where you give up": example * data * endless,
            "you give the price of most trials; they don't reach the target, it should be "
            "float('inf')": example * data * most,
            "you give one trial's cost; the target is out of reach, it should be float('inf')": (
                example * data
            ),
        }
    hyper = round(right / example / data)
    seen = next((i + 1 for i, score in enumerate(scores) if score >= target), inf)
    high = sum(score >= target for score in scores)
    slips: Slips = {}
    if hyper == most:
        slips["you don't try the last n, most itself; it should be range(1, most + 1)"] = inf
    else:
        slips[f"you give up too early (n = {hyper} is enough); inf should come after the loop"] = (
            inf
        )
    if cost.expected_best(hyper, scores) == target:
        slips["you ask for more than the target, >; it should be at least the target, >="] = (
            example * data * (hyper + 1)
        )
    return slips | {
        "you add E, D and H; they should be multiplied": example + data + hyper,
        "you give H alone; it should be multiplied by E and D": hyper,
        "you leave H out: this is one trial's cost": example * data,
        "you leave D out: it should be E · D · H": example * hyper,
        "you leave E out: it should be E · D · H": data * hyper,
        "your H is one trial short; it should be the first n whose expected best reaches the "
        "target": example * data * (hyper - 1),
        "your H is one trial too many; it should be the first n whose expected best is at least "
        "the target": example * data * (hyper + 1),
        "your H is the first trial that was as good, by luck; it should be the expected best's": (
            example * data * seen
        ),
        "your H is how many trials were run; it should be the first n that is enough": (
            example * data * len(scores)
        ),
        "your H is how many trials were as good; it should be the first n that is enough": (
            example * data * high
        ),
    }
