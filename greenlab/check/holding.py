"""The usual slips in a step that holds masks, made: the weights that each would leave.

A step is known by the weights that it leaves in a small network, always the same at first.
"""

from __future__ import annotations

from collections.abc import Callable

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
        "the masks come first, and the step moves the pruned weights again: set them to 0 after "
        "optimizer.step()": after(mask="first"),
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
        "cross_entropy takes the network's outputs as they are: no softmax before it": (
            after(softmax=True)
        ),
        "the penalty is subtracted; add it": after(sign=-1),
        "l1 is not passed on to penalty": after(l1=0.0),
        "l2 is not passed on to penalty": after(l2=0.0),
        "the optimizer is made anew in each step; use the one that is given": after(fresh=True),
    }  # fmt: skip


def vector(model: nn.Module) -> Tensor:
    """All parameters in one vector."""
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach()


def _slipping_step(
    model, masks, optimizer, x, y, l1_, l2_, *,
    mask="after", zero=True, step=True, l1=None, l2=None, all=False, entropy=True, sign=1,
    fresh=False, softmax=False,
) -> None:  # fmt: skip
    # held_step with one thing wrong
    l1, l2 = l1_ if l1 is None else l1, l2_ if l2 is None else l2
    held = weights(model)
    if mask == "first":
        Masks(masks).apply(model)
    if fresh:
        kind = type(optimizer)
        optimizer = kind(model.parameters(), **optimizer.defaults)
    if zero:
        optimizer.zero_grad()
    outputs = model(x).softmax(1) if softmax else model(x)
    loss = F.cross_entropy(outputs, y) if entropy else 0.0
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
