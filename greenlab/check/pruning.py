"""The usual slips in making masks, computed: what each would give, by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from greenlab import check
from greenlab import layerwise as package

Slips = dict[str, Tensor]


def as_mask(got: object, like: Tensor, what: str) -> Tensor:
    """The answer as a bool mask of the shape of `like`. Raises NotYet when it is none."""
    check.that(got is not None, f"{what} gave None.\n  Likely mistake: the function has no return.")
    try:
        mask = torch.as_tensor(got).detach().cpu()
    except (TypeError, ValueError, RuntimeError):
        kind = type(got).__name__
        raise check.NotYet(f"{what} should be a mask, a tensor; it is a {kind}.") from None
    check.that(
        mask.shape == like.shape,
        f"{what} has the shape {tuple(mask.shape)}; a mask has that of the weights, "
        f"{tuple(like.shape)}.\n  Likely mistake: the result of sorting, or of w[mask], is flat: "
        "compare magnitudes with a threshold, or put the result back in its place.",
    )
    check.that(
        bool(((mask == 0) | (mask == 1)).all()),
        f"{what} holds other values than True and False (or 1 and 0).\n  Likely mistake: these "
        "are the pruned weights; give the mask alone.",
    )
    return mask.bool()


def at_the_edge(function: Callable, *arguments: object, what: str, mistake: str) -> object:
    """`function(*arguments)` where it may fail. Raises NotYet with the mistake when it does."""
    try:
        return function(*arguments)
    except (ArithmeticError, IndexError, RuntimeError, ValueError) as error:
        kind = type(error).__name__
        raise check.NotYet(f"{what} fails: {kind}.\n  Likely mistake: {mistake}.") from None


def threshold_mask(w: Tensor, quality: float) -> Slips:
    """Slips of the mask of a threshold, quality × standard deviation."""
    size, deviation = w.abs(), w.std(correction=0)
    right = size >= quality * deviation
    return {
        "the pruned weights are marked; True is for those that are kept": ~right,
        "only weights above the threshold are kept, not those below its negative: take .abs()": (
            w >= quality * deviation
        ),
        "a weight at the threshold is kept: use >=": size > quality * deviation,
        "the deviation is that of the magnitudes; take that of the weights, w.std()": (
            size >= quality * size.std()
        ),
        "the threshold is quality times the mean magnitude; take the standard deviation": (
            size >= quality * size.mean()
        ),
        "the threshold is quality times the variance; take the standard deviation, w.std()": (
            size >= quality * w.var()
        ),
        "the quality has no effect; multiply the standard deviation by it": size >= deviation,
        "the standard deviation is missing: the threshold is quality times w.std()": (
            size >= quality
        ),
        "the threshold is quality times the largest magnitude; take the standard deviation": (
            size >= quality * size.max()
        ),
        "the magnitudes are counted from the mean of the weights; take w.abs()": (
            (w - w.mean()).abs() >= quality * deviation
        ),
    }


def keep_largest(got: object, w: Tensor, density: float, what: str) -> None:
    """Raise NotYet unless `got` keeps exactly round(density · n) weights, the largest.

    Which of equally large ones does not matter.
    """
    k, n = round(density * w.numel()), w.numel()
    mask, size = as_mask(got, w, what), w.detach().abs()
    order = size.flatten().sort(descending=True).values
    above, reaching = {}, {}
    if k:
        above = {"> drops all weights at the threshold": int((size > order[k - 1]).sum())}
        reaching = {">= keeps all weights at the threshold": int((size >= order[k - 1]).sum())}
    exact = "; of equally large ones keep as many as are wanted: sort, and take the first k"
    counts = {
        **({} if k else {"[-k:] with k = 0, [-0:] is everything: take the first k": n}),
        "density is the share that is kept, not the share that is pruned": n - k,
        **{text + exact: count for text, count in (above | reaching).items()},
        "one weight too many is kept: with kthvalue count from 1, and mind > or >=": k + 1,
        "one weight too few is kept: with kthvalue count from 1, and mind > or >=": k - 1,
    }
    number = f"the number of weights that {what} keeps"
    check.close(int(mask.sum()), k, number, counts)
    signed = w.detach().flatten().sort(descending=True).values
    mistakes = {
        "the smallest are kept; keep the largest": order[n - k :],
        "the sign counts; take the magnitude, w.abs()": signed[:k].abs().sort(descending=True)[0],
    }
    mine = size[mask].sort(descending=True).values
    check.close(mine, order[:k], f"the magnitudes of the weights that {what} keeps", mistakes)


def keeps_largest(function: Callable, w: Tensor, density: float, what: str) -> None:
    """Raise NotYet unless `function(w, density)` is right, also for all and none, and leaves w."""
    before, k = w.clone(), round(density * w.numel())
    if 0 < k < w.numel():
        got = function(w, density)
    else:
        mistake = f"k is {k} of {w.numel()}: kthvalue and [-0:] know no 0; topk(0) gives nothing"
        got = at_the_edge(function, w, density, what=what, mistake=mistake)
    keep_largest(got, before, density, what)
    check.that(torch.equal(w, before), f"{what} changes the weights: give a mask alone.")


def prune_further(got: object, w: Tensor, mask: Tensor, share: float, what: str) -> None:
    """Raise NotYet unless `got` keeps round(share · kept) of what `mask` keeps, the largest."""
    mine, left, n = as_mask(got, w, what), int(mask.sum()), w.numel()
    k = round(share * left)
    whole = package.keep_largest(w, share)
    check.that(
        not bool((mine & ~mask).any()) or left == 0,
        f"{what} keeps {int((mine & ~mask).sum())} weights that were pruned before.\n  Likely "
        "mistake: they compete again, by their magnitude; only w[mask] may.",
    )
    counts = {
        "the two masks are only combined: the largest of all weights are not the largest of what "
        "is left": int((mask & whole).sum()),
        "the share is that of all weights; take it of what the mask keeps": min(
            left, round(share * n)
        ),
        "the share is pruned; it should be kept": left - k,
        "nothing is pruned: keep the largest share of w[mask]": left,
    }
    number = f"the number of weights that {what} keeps"
    check.close(int(mine.sum()), k, number, counts)
    sizes = w.detach().abs()
    right = sizes[mask].sort(descending=True).values[:k]
    smallest = sizes[mask].sort().values[:k].flip(0)
    kept = sizes[mine].sort(descending=True).values
    mistakes = {"the smallest of what is left are kept": smallest}
    check.close(kept, right, f"the magnitudes of the weights that {what} keeps", mistakes)


def as_masks(masks: object, like: Sequence[Tensor], what: str) -> list[Tensor]:
    """The answer as bool masks of the shapes of `like`. Raises NotYet when it is none."""
    check.that(masks is not None, f"{what} gave None.\n  Likely mistake: there is no return.")
    theirs = list(masks.values()) if isinstance(masks, dict) else list(masks)
    check.that(
        len(theirs) == len(like),
        f"{what} gave {len(theirs)} masks; there are {len(like)} layers.",
    )
    return [as_mask(mask, w, what) for mask, w in zip(theirs, like, strict=True)]


def one_sided(masks: Sequence[Tensor]) -> int:
    """How many hidden neurons have connections on one side alone."""
    return sum(int((a.any(1) != b.any(0)).sum()) for a, b in pairwise(masks))


def removes_dead(function: Callable, masks: Sequence[Tensor], what: str) -> None:
    """Raise NotYet unless `function(masks)` is without dead neurons, and `masks` as they were."""
    before = [mask.clone() for mask in masks]
    got = as_masks(function(masks), before, what)
    mistakes = remove_dead(before)
    if left := one_sided(got):
        still = f"hidden neurons still have connections on one side alone ({left} of them)"
        mistakes[f"{still}: repeat until nothing changes"] = _flat(got)
    in_a_row = f"{what} with all masks in one row,"
    check.close(_flat(got), _flat(package.remove_dead(before)), in_a_row, mistakes)
    same = all(map(torch.equal, masks, before))
    check.that(same, "remove_dead changes the caller's masks: work on clones.")


def _flat(masks: Sequence[Tensor]) -> Tensor:
    return torch.cat([mask.flatten() for mask in masks])


def remove_dead(masks: Sequence[Tensor]) -> Slips:
    """Slips of removing dead neurons, each as all its masks in one vector."""

    def once(inputs: bool = True, outputs: bool = True, at_once: bool = False) -> list[Tensor]:
        new = [mask.clone() for mask in masks]
        seen = masks if at_once else new
        for i in range(len(masks) - 1):
            dead = torch.zeros(len(masks[i]), dtype=torch.bool)
            if inputs:
                dead |= ~seen[i].any(1)
            if outputs:
                dead |= ~seen[i + 1].any(0)
            new[i][dead] = False
            new[i + 1][:, dead] = False
        return new

    def until_still(step: Callable[[Sequence[Tensor]], list[Tensor]]) -> list[Tensor]:
        now = list(masks)
        while True:
            new = step(now)
            if all(map(torch.equal, now, new)):
                return new
            now = new

    def forward(now: Sequence[Tensor]) -> list[Tensor]:
        new = [mask.clone() for mask in now]
        for before, after in pairwise(new):
            after[:, ~before.any(1)] = False
        return new

    def backward(now: Sequence[Tensor]) -> list[Tensor]:
        new = [mask.clone() for mask in now]
        for before, after in pairwise(new):
            before[~after.any(0)] = False
        return new

    once_more = "repeat until nothing changes: a removed neuron can leave others without"
    found = {
        f"the layers are gone through once; {once_more}": once(),
        f"the layers are gone through once, by the old masks; {once_more}": once(at_once=True),
        "neurons without outputs stay: look at the columns of the next mask too": (
            until_still(forward)
        ),
        "neurons without inputs stay: look at the rows of the layer's own mask too": (
            until_still(backward)
        ),
        "nothing was removed: a neuron is dead without inputs or (|) without outputs": masks,
    }
    return {mistake: _flat(new) for mistake, new in found.items()}


def ladder(layers: int) -> list[Tensor]:
    """Masks of a chain of 3-neuron layers, each neuron heard by the next one's alone.

    The second neuron of the first layer has no input, the third of the last no output: what is
    dead spreads through all layers, forward and backward.
    """
    masks = [torch.eye(3, dtype=torch.bool) for _ in range(layers)]
    masks[0][1], masks[-1][:, 2] = False, False
    return masks


def chain(sizes: Sequence[int], density: float, seed: int) -> list[Tensor]:
    """Random masks of a chain of fully connected layers of these sizes."""
    g = torch.Generator().manual_seed(seed)
    return [torch.rand(b, a, generator=g) < density for a, b in pairwise(sizes)]
