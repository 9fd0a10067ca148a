"""The usual slips in training with masks, trained: the weights that each would leave.

A step and a loop are known by the weights that they leave in a small network, always the same at
first.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import check
from greenlab import layerwise as package
from greenlab.masks import Masks, weights
from greenlab.zoo import mlp

Slips = dict[str, Tensor]
OPTIMIZERS = {
    "Adam": lambda p: torch.optim.Adam(p, 0.02, weight_decay=0.1),
    "SGD with momentum": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.05),
}


def small() -> nn.Sequential:
    """A network of 6, 12 and 3 neurons, always the same at first."""
    return mlp(6, 12, 3, generator=torch.Generator().manual_seed(6))


def digits(n: int = 20) -> tuple[Tensor, Tensor]:
    """Inputs (n, 6) and labels (n,) for it."""
    g = torch.Generator().manual_seed(5)
    return torch.randn(n, 6, generator=g), torch.arange(n) % 3


def half(model: nn.Module) -> dict[str, Tensor]:
    """Masks that keep half of each layer, at random places."""
    g = torch.Generator().manual_seed(4)
    return {k: torch.rand(w.shape, generator=g) < 0.5 for k, w in weights(model).items()}


def after_steps(
    function: Callable, kind: str, steps: int, l1: float, l2: float
) -> tuple[Tensor, int]:
    """All parameters after steps by `function`, and how many pruned weights are not 0.

    The optimizer has run before the network was pruned: it has momentum.
    """
    model, (x, y) = small(), digits()
    optimizer = OPTIMIZERS[kind](model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    optimizer.zero_grad()
    masks = half(model)
    Masks(masks).apply(model)
    for _ in range(steps):
        try:
            function(model, masks, optimizer, x, y, l1, l2)
        except RuntimeError as error:
            if "leaf Variable" in str(error):
                raise check.NotYet(
                    "PyTorch refuses to change a weight in place while it keeps track of it.\n"
                    "  Likely mistake: w *= … belongs inside `with torch.no_grad():`."
                ) from None
            raise
    revived = sum(int((w[~masks[k]] != 0).sum()) for k, w in weights(model).items())
    return vector(model), revived


def held_step(kind: str, steps: int, l1: float, l2: float) -> Slips:
    """Parameters after the usual slips of a step with held masks."""

    def after(**slip: object) -> Tensor:
        def step(*arguments: object) -> None:
            _slipping_step(*arguments, **slip)

        return after_steps(step, kind, steps, l1, l2)[0]

    return {
        "the masks are not used, or w = w * masks[name] only names a new tensor: w *= masks[name]":
            after(mask="never"),
        "the masks come before the step, which moves the pruned weights again: set them to 0 after "
        "optimizer.step()": after(mask="before"),
        "only the gradients are masked: momentum and weight decay still move the pruned weights; "
        "set them to 0 after optimizer.step()": after(mask="gradient"),
        "the gradient is set to 0 where w < a small number: that freezes all negative weights, and "
        "momentum moves the rest": after(mask="frozen"),
        "the gradient is set to 0 where w < a small number: that freezes all negative weights": (
            after(mask="frozen and set")
        ),
        "the gradient is set to 0 where |w| is small: momentum and weight decay still move them": (
            after(mask="small")
        ),
        "the masks are turned round: the kept weights are set to 0": after(mask="inverted"),
        "gradients pile up: optimizer.zero_grad() is missing": after(zero=False),
        "the weights do not change: loss.backward(), then optimizer.step()": after(step=False),
        "the penalty is missing in the loss": after(l1=0.0, l2=0.0),
        "l1 and l2 are swapped": after(l1=l2, l2=l1),
        "the biases are penalized too; take prune.weights(model).values()": after(all=True),
        "only the penalty is in the loss; cross-entropy is missing": after(entropy=False),
        "the penalty is subtracted; add it": after(sign=-1),
        "l1 is not passed on to penalty": after(l1=0.0),
        "l2 is not passed on to penalty": after(l2=0.0),
        "the optimizer is made anew in each step; use the one that is given": after(fresh=True),
    }  # fmt: skip


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
        "each share is taken of all weights; take it of what is left, by prune_further": after(
            choose="all"
        ),
        "the shares are not multiplied up: prune_further wants the masks of the round before": (
            after(choose="full")
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
        "the last round prunes no more: return after the loop; and prune_further wants the masks "
        "of the round before, not those that keep everything": after_rounds(
            package.iterate, shares[:-1], epochs=0
        )[0],
        "each share is taken of all weights; take it of what is left, by prune_further": (
            after_rounds(package.iterate, [min(shares)], epochs=0)[0]
        ),
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


def vector(model: nn.Module) -> Tensor:
    """All parameters in one vector."""
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach()


def _slipping_step(
    model, masks, optimizer, x, y, l1_, l2_, *,
    mask="after", zero=True, step=True, l1=None, l2=None, all=False, entropy=True, sign=1,
    fresh=False,
) -> None:  # fmt: skip
    # held_step with one thing wrong
    l1, l2 = l1_ if l1 is None else l1, l2_ if l2 is None else l2
    held = weights(model)
    if fresh:
        kind = type(optimizer)
        optimizer = kind(model.parameters(), **optimizer.defaults)
    if zero:
        optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y) if entropy else 0.0
    loss = loss + sign * package.penalty(model.parameters() if all else held.values(), l1, l2)
    loss.backward()
    with torch.no_grad():
        for name, w in held.items():
            if mask == "before":
                w *= masks[name]
            elif mask == "gradient":
                w.grad *= masks[name]
            elif mask in ("frozen", "frozen and set"):
                w.grad[w < 1e-6] = 0
            elif mask == "small":
                w.grad[w.abs() < 1e-6] = 0
    if step:
        optimizer.step()
    with torch.no_grad():
        for name, w in held.items():
            if mask in ("after", "frozen and set"):
                w *= masks[name]
            elif mask == "inverted":
                w *= ~masks[name]


def _slipping_rounds(
    model, shares, x, y, measure, *,
    rounds=None, choose="left", retrain="each", rewind=False, **options,
) -> tuple[Mapping[str, Tensor], list[float]]:  # fmt: skip
    # iterate with one thing wrong
    full = Masks.full(model)
    masks, first = full, copy.deepcopy(model.state_dict())
    original = {k: w.detach().clone() for k, w in weights(model).items()}
    measured = []
    shares = list(shares)[:rounds]
    for i, share in enumerate(shares):
        ws = original if choose == "once" else weights(model)
        if choose == "all":
            masks = {k: package.keep_largest(w, share) for k, w in ws.items()}
        else:
            within = full if choose == "full" else masks
            masks = {k: package.prune_further(w, within[k], share) for k, w in ws.items()}
        if rewind:
            model.load_state_dict(first)
        now = dict(options)
        if retrain == "never" or (retrain == "last" and i < len(shares) - 1):
            now["epochs"] = 0
        Masks(masks).apply(model)
        package.retrain(model, full if retrain == "free" else masks, x, y, **now)
        measured.append(measure(model))
    return masks, measured
