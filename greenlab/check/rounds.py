"""The usual slips in pruning round by round, made: the weights that each would leave.

As in `greenlab.check.holding`, which trains the same small network.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from greenlab import check
from greenlab import layerwise as package
from greenlab.check.holding import digits, small, vector
from greenlab.masks import Masks, weights

Slips = dict[str, Tensor]


def after_rounds(function: Callable, shares: Sequence[float], **options: object) -> tuple:
    """All parameters after `function(model, shares, …)`, its masks in one vector, its measures.

    Measured is the sum of the magnitudes. Raises NotYet when it does not return two things.
    """
    model, (x, y) = small(), digits()
    generator = torch.Generator().manual_seed(7)
    got = function(model, shares, x, y, magnitude, generator=generator, **options)
    what = "iterate(…)"
    check.that(got is not None, f"{what} gave None.\n  Likely mistake: the function has no return.")
    try:
        masks, measured = got
        masks = {str(name): torch.as_tensor(mask) for name, mask in dict(masks).items()}
        measured = torch.as_tensor([float(value) for value in measured])
    except (TypeError, ValueError):
        raise check.NotYet(
            f"{what} should give two things: a dict of masks, and a list of measurements."
        ) from None
    names = list(weights(model))
    check.that(
        sorted(masks) == sorted(names),
        f"{what} has the masks {sorted(masks)}; there are the layers {sorted(names)}.",
    )
    return vector(model), torch.cat([masks[n].bool().flatten() for n in names]), measured


def magnitude(model: nn.Module) -> float:
    """The sum of the magnitudes of a model's weights."""
    return sum(float(w.detach().abs().sum()) for w in weights(model).values())


def measured(shares: Sequence[float], **options: object) -> Slips:
    """Slips of what is measured, a number a round."""

    def loop(*arguments: object, **more: object) -> tuple:
        return _slipping_rounds(*arguments, **more, early=True)

    right = after_rounds(package.iterate, shares, **options)[2]
    return {
        "each round is measured before retraining; measure after it": (
            after_rounds(loop, shares, **options)[2]
        ),
        "only the last round is measured: append in the loop": right[-1:],
        "only the first round is measured: append in the loop": right[:1],
    }


def iterate(shares: Sequence[float], **options: object) -> Slips:
    """Parameters after the usual slips of pruning round by round."""

    def after(**slip: object) -> Tensor:
        def loop(*arguments: object, **more: object) -> tuple:
            return _slipping_rounds(*arguments, **more, **slip)

        return after_rounds(loop, shares, **options)[0]

    defaults = {k: v for k, v in options.items() if k == "epochs"}
    return {
        "the model did not change: prune and retrain the model itself, not a copy": vector(small()),
        "only one round is made: return after the loop": after(rounds=1),
        "the last round is missing": after(rounds=len(shares) - 1),
        "the masks are chosen once, before any retraining; choose them anew in each round": after(
            choose="once"
        ),
        "each share is of what is left: prune_further wants the masks of the round before": after(
            choose="full"
        ),
        "there is no retraining between the rounds: retrain in each": after(retrain="last"),
        "there is no retraining": after(retrain="never"),
        "retraining does not hold the masks: hand them on to retrain": after(retrain="free"),
        "retraining starts from the first weights; Han and others go on from the trained ones": (
            after(rewind=True)
        ),
        "the options are not passed on to retrain: **options": after_rounds(
            package.iterate, shares, **defaults
        )[0],
    }


def pruned_alone(function: Callable, shares: Sequence[float]) -> None:
    """Raise NotYet unless `function` prunes as it should when it must not train (epochs=0)."""
    what = f"the network after iterate(…, shares={list(shares)}, epochs=0), which only prunes,"
    got, masks, _ = after_rounds(function, shares, epochs=0)
    right, right_masks, _ = after_rounds(package.iterate, shares, epochs=0)
    own = vector(small())
    check.that(
        bool(((got == 0) | (got == own)).all()),
        f"{what} has kept weights with new values.\n  Likely mistake: fresh weights; go on from "
        "those that the network has, and hand the options on to retrain.",
    )
    mistakes = {
        "the model did not change: prune and retrain the model itself, not a copy": own,
        "the last round prunes no more: return after the loop; and each share is of what is left: "
        "prune_further wants the masks of the round before": after_rounds(
            package.iterate, shares[:-1], epochs=0
        )[0],
    }
    check.close(got, right, what, mistakes)
    wrong = {
        "these keep everything: give the masks of the last round": torch.ones_like(right_masks),
        "these are the masks of the first round; give those of the last": after_rounds(
            package.iterate, shares[:1], epochs=0
        )[1],
        "each round's masks forget the round before": after_rounds(
            package.iterate, shares[-1:], epochs=0
        )[1],
    }
    check.close(masks, right_masks, "its masks, all in one row,", wrong)


def _slipping_rounds(
    model, shares, x, y, measure, *,
    rounds=None, choose="left", retrain="each", rewind=False, early=False, **options,
) -> tuple[Mapping[str, Tensor], list[float]]:  # fmt: skip
    # iterate with one thing wrong
    full = Masks.full(model)
    masks, first = full, copy.deepcopy(model.state_dict())
    original = {k: w.detach().clone() for k, w in weights(model).items()}
    measured = []
    shares = list(shares)[:rounds]
    for i, share in enumerate(shares):
        ws = original if choose == "once" else weights(model)
        within = full if choose == "full" else masks
        masks = {k: package.prune_further(w, within[k], share) for k, w in ws.items()}
        if rewind:
            model.load_state_dict(first)
        now = dict(options)
        if retrain == "never" or (retrain == "last" and i < len(shares) - 1):
            now["epochs"] = 0
        Masks(masks).apply(model)
        soon = measure(model)
        package.retrain(model, full if retrain == "free" else masks, x, y, **now)
        measured.append(soon if early else measure(model))
    return masks, measured
