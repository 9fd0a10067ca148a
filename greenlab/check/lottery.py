"""The usual slips in pruning round by round and in stopping early, computed, by their names.

Those that return {the mistake in words: the value it leads to} are for `check.close`; the others
raise NotYet themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from greenlab import check
from greenlab import winning as package
from greenlab.check.pruning import as_mask, at_the_edge
from greenlab.masks import weights

Slips = dict[str, Tensor | float]


def layer(function: Callable, w: Tensor, mask: Tensor, rate: float) -> None:
    """Raise NotYet unless `function(w, mask, rate)` prunes a layer, and leaves w and mask alone."""
    before = w.clone(), mask.clone()
    what = f"prune_layer(w, mask, rate={rate:g}) of {w.numel()} weights, {int(mask.sum())} left,"
    if rate in (0, 1):
        edge = "nothing goes, or nothing stays: kthvalue and [k - 1] fail there, topk(0) doesn't"
        got = at_the_edge(function, w, mask, rate, what=what, mistake=edge)
    else:
        got = function(w, mask, rate)
    same = torch.equal(w, before[0]) and torch.equal(mask, before[1])
    check.that(same, "You change w or the old mask in prune_layer; work on mask.clone().")
    prune_layer(got, w, mask, rate, what)


def prune_layer(got: object, w: Tensor, mask: Tensor, rate: float, what: str) -> None:
    """Raise NotYet unless `got` keeps round((1 − rate) · n) of what `mask` keeps, the largest.

    Which of equally large ones does not matter.
    """
    left, n = int(mask.sum()), w.numel()
    k, size = round((1 - rate) * left), w.detach().abs()
    mine = as_mask(got, w, what)
    again = int((mine & ~mask).sum())
    check.that(
        again == 0,
        f"{what} keeps {again} weights that were pruned before.\n  Likely mistake: they compete "
        "again, by their magnitude; only what the mask keeps may.",
    )
    order = size[mask].sort(descending=True).values
    at = order[k - 1] if 0 < k < left else size.new_tensor(-1.0)
    all_kept = torch.zeros(n, dtype=torch.bool)
    all_kept[size.flatten().topk(round((1 - rate) * n)).indices] = True
    exact = "some weights are equally large: sort, and keep the first of them, as many as you want"
    above, down_to = int((size[mask] > at).sum()), int((size[mask] >= at).sum())
    tied = {
        f"> drops all weights at the threshold; {exact}": above,
        f">= keeps all weights at the threshold; {exact}": down_to,
    }
    counts = {
        "rate is the share that is pruned, not the share that is kept": round(rate * left),
        "the share is taken of all weights; take it of those that the mask keeps": max(
            0, left - round(rate * n)
        ),
        "nothing is pruned": left,
        **(tied if down_to - above > 1 else {}),
        "one weight too many is kept; it should be exactly round((1 - rate) * n)": k + 1,
        "one weight too few is kept; it should be exactly round((1 - rate) * n), not int(…) nor "
        "n - round(rate * n); and > drops the weight at a threshold": k - 1,
        "the mask is combined with that of the largest of all weights: choose among those that it "
        "keeps": int((mask & all_kept.view(mask.shape)).sum()),
        "the marks are turned round: True is for the kept ones": n - k,
    }
    if k == 0:
        counts = {"nothing stays at rate 1, but [-0:] is everything: take the first k": left}
    check.close(int(mine.sum()), k, f"the number of weights that {what} keeps", counts)
    signed = w.detach()[mask].sort(descending=True).values[:k]
    mistakes = {
        "the smallest are kept; keep the largest": order.flip(0)[:k].flip(0),
        "the sign counts; take the magnitude, w.abs()": signed.abs().sort(descending=True).values,
    }
    kept = size[mine].sort(descending=True).values
    check.close(kept, order[:k], f"the magnitudes of the weights that {what} keeps", mistakes)


def flat(masks: object, model: nn.Module, what: str) -> Tensor:
    """A network's masks in one vector. Raises NotYet unless there is one for each weight."""
    check.that(masks is not None, f"{what} gave None.\n  Likely mistake: there is no return.")
    try:
        named = {str(name): mask for name, mask in dict(masks).items()}
    except (TypeError, ValueError):
        kind = type(masks).__name__
        raise check.NotYet(f"{what} should be a dict of masks; it is a {kind}.") from None
    ws = weights(model)
    check.that(
        sorted(named) == sorted(ws),
        f"{what} has the names {sorted(named)}; the weights are called {sorted(ws)}.\n  Likely "
        "mistake: a layer is left out, or its name is a number.",
    )
    return torch.cat([as_mask(named[k], w, f"{k} of {what}").flatten() for k, w in ws.items()])


def round_of_pruning(
    function: Callable, model: nn.Module, masks: Mapping[str, Tensor], rate: float
) -> None:
    """Raise NotYet unless `function(model, masks, rate)` prunes a network's layers by one round."""
    ws = {name: w.detach().clone() for name, w in weights(model).items()}
    before = {name: mask.clone() for name, mask in masks.items()}
    what = f"prune_round(model, masks, rate={rate:g})"
    sizes = [w.numel() for w in ws.values()]
    made = function(model, masks, rate)
    same = all(torch.equal(masks[k], before[k]) for k in before)
    same &= all(torch.equal(w.detach(), ws[k]) for k, w in weights(model).items())
    check.that(same, "You change the model or the old masks in prune_round; make a new dict.")
    parts = flat(made, model, what).split(sizes)
    mine = torch.tensor([int(part.sum()) for part in parts])
    slips = prune_round(masks, rate)
    names = list(ws)
    right = torch.tensor([round((1 - (rate / 2 if name == names[-1] else rate)) * int(m.sum()))
                          for name, m in masks.items()])  # fmt: skip
    check.close(mine, right, f"how many weights each layer has left after {what}", slips)
    for name, part in zip(names, parts, strict=True):
        share = rate / 2 if name == names[-1] else rate
        got = part.view(ws[name].shape)
        prune_layer(got, ws[name], masks[name], share, f"the mask of {name} of {what}")


def prune_round(masks: Mapping[str, Tensor], rate: float) -> Slips:
    """How many weights are left in each layer after the usual slips of a round of pruning."""
    left = [int(mask.sum()) for mask in masks.values()]
    full = [mask.numel() for mask in masks.values()]

    def after(lost: Callable[[int], float], of: Sequence[int] = left) -> Tensor:
        return torch.tensor([round((1 - lost(i)) * n) for i, n in enumerate(of)])

    last, half = len(left) - 1, rate / 2
    return {
        "the last layer loses the whole rate; it should lose half of it": after(lambda i: rate),
        "every layer loses half the rate; only the last one should": after(lambda i: half),
        "the first layer loses half the rate; it should be the last one": after(
            lambda i: half if i == 0 else rate
        ),
        "the third layer loses half the rate; the last one should, whatever its name": after(
            lambda i: half if i == 2 else rate
        ),
        "the last layer loses nothing; it should lose half the rate": after(
            lambda i: 0.0 if i == last else rate
        ),
        "the last layer loses twice the rate; it should lose half of it": after(
            lambda i: min(1.0, 2 * rate) if i == last else rate
        ),
        "the rate is not used; these are 20% and 10%": after(lambda i: 0.1 if i == last else 0.2),
        "the old masks are not used; prune_layer wants masks[name]": after(
            lambda i: half if i == last else rate, full
        ),
        "nothing is pruned": torch.tensor(left),
    }


def share_left(
    function: Callable, sizes: Sequence[int], rounds: int, rate: float, right: float
) -> None:
    """Raise NotYet unless `function(sizes, rounds, rate)` gives `right`, and leaves sizes alone."""
    own, what = list(sizes), f"weights_left({list(sizes)}, rounds={rounds}, rate={rate:g})"
    check.close(function(own, rounds, rate), right, what, weights_left(sizes, rounds, rate), 1e-6)
    check.that(
        own == list(sizes),
        "weights_left changes the list `sizes` of its caller: sizes[:-1] and sizes[-1] leave it as "
        "it is.",
    )


def weights_left(sizes: Sequence[int], rounds: int, rate: float) -> Slips:
    """Slips of the share of weights that is left."""
    total, k = sum(sizes), rounds
    others, last = total - sizes[-1], sizes[-1]

    def share(kept: float, kept_last: float) -> float:
        return (others * kept + last * kept_last) / total

    right = package.weights_left(sizes, rounds, rate)
    return {
        "the last layer loses half the rate in a round": (1 - rate) ** k,
        "only the last layer loses half the rate": (1 - rate / 2) ** k,
        "the first layer has the half rate; it should be the last one": (
            (sizes[0] * (1 - rate / 2) ** k + (total - sizes[0]) * (1 - rate) ** k) / total
        ),
        "the last layer's rate is halved after the rounds; halve the rate of one round": share(
            (1 - rate) ** k, 1 - (1 - (1 - rate) ** k) / 2
        ),
        "each round takes its share of what is left, so the shares are multiplied: (1 - rate) to "
        "the power of rounds": share(1 - k * rate, 1 - k * rate / 2),
        "this is a power of the rate, of what goes; take what stays, 1 - rate": share(
            rate**k, (rate / 2) ** k
        ),
        "this is the share that is pruned": 1 - right,
        "this is the number of weights; divide by how many there were": right * total,
        "this is in percent; give the share": 100 * right,
        "this is rounded; give all digits": round(right, 2),
        "the rate is not used; this is with 0.2": package.weights_left(sizes, rounds, 0.2),
        "the layers' shares are averaged; a large layer weighs more": (
            ((len(sizes) - 1) * (1 - rate) ** k + (1 - rate / 2) ** k) / len(sizes)
        ),
        "there is a round too few": package.weights_left(sizes, rounds - 1, rate),
        "there is a round too many": package.weights_left(sizes, rounds + 1, rate),
    }


def early_stop(losses: Sequence[float], iterations: Sequence[int], errors: Sequence[int]) -> Slips:
    """Slips of early stopping; each (iteration, errors)."""

    def at(i: int) -> Tensor:
        return torch.tensor([iterations[i], errors[i]])

    best, n = losses.index(min(losses)), len(losses)
    last = n - 1 - losses[::-1].index(min(losses))
    fewest = errors.index(min(errors))
    return {
        "the test errors choose; that is peeking: only the validation loss may": at(fewest),
        "the iteration is right, but the errors are the fewest of all; take those at that "
        "iteration": torch.tensor([iterations[best], min(errors)]),
        "of equal losses the first counts": at(last),
        "this is the largest loss; take the least": at(losses.index(max(losses))),
        "this is the last iteration, not the one with the least loss": at(-1),
        "this is the first iteration": at(0),
        "this is the place in the list; give the iteration there": torch.tensor(
            [best, errors[best]]
        ),
        "this is the least loss; give the iteration where it is": torch.tensor(
            [losses[best], errors[best]]
        ),
        "the loop stops at the first rise; go through all the losses": at(
            next((i for i in range(n - 1) if losses[i + 1] > losses[i]), n - 1)
        ),
        "errors and iteration are in the wrong order": at(best).flip(0),
    }
