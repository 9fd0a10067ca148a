"""Winning tickets step by step (Frankle & Carbin 2018), as the lab on lottery tickets writes them.

A mask is a bool tensor of its weight's shape, True for kept; a network's masks are a dict of them
by the weights' names, in the order of the layers. `greenlab.lottery` does the same for many
networks side by side, and watches them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from greenlab import layerwise, lottery, together
from greenlab.masks import Masks
from greenlab.stack import stack

MaskDict = Mapping[str, Tensor]


def prune_layer(w: Tensor, mask: Tensor, rate: float) -> Tensor:
    """Of the weights that `mask` keeps, prune the share `rate`: those of least magnitude."""
    return layerwise.prune_further(w, mask, 1 - rate)


def prune_round(model: nn.Module, masks: MaskDict, rate: float = 0.2) -> dict[str, Tensor]:
    """Masks after one more round: each layer loses `rate` of what it has, the last half of it.

    `model` has its trained weights, θj (§2).
    """
    return dict(lottery.smaller(model, Masks(masks), rate))


def weights_left(sizes: Sequence[int], rounds: float, rate: float = 0.2) -> float:
    """P, the share of all weights left after so many rounds; the last layer loses half the rate.

    (265200·.8^k + 1000·.9^k) / 266200 for LeNet-300-100 after k rounds. `sizes`: how many weights
    each layer has, in order.
    """
    last = len(sizes) - 1
    lost = [rate / 2 if i == last else rate for i in range(len(sizes))]
    return sum(n * (1 - r) ** rounds for n, r in zip(sizes, lost, strict=True)) / sum(sizes)


def rewind(model: nn.Module, start: Mapping[str, Tensor], masks: MaskDict) -> nn.Module:
    """Set the model in place to m ⊙ θ0: `start` where the mask keeps, 0 elsewhere; returns it."""
    return lottery.rewind(model, start, Masks(masks))


def early_stop(
    iterations: Sequence[int], losses: Sequence[float], errors: Sequence[int]
) -> tuple[int, int]:
    """Iteration of the least validation loss, the first of equals, and the test errors there."""
    run = lottery.Run(tuple(iterations), tuple(losses), tuple(errors))
    return run.early_stop, run.errors_then


def reinitialize(model: nn.Module, masks: MaskDict, generator: torch.Generator) -> nn.Module:
    """Fresh first weights under the masks, in place: N(0, 2 / (fan_in + fan_out)), biases 0."""
    return Masks(masks).apply(lottery.glorot(model, generator))


def random_masks(masks: MaskDict, generator: torch.Generator) -> dict[str, Tensor]:
    """Masks that keep as many weights in each layer, at random places."""
    return dict(lottery.random_masks(Masks(masks), generator))


def learn(
    model: nn.Module,
    masks: MaskDict,
    images: Tensor,
    labels: Tensor,
    *,
    iterations: int,
    generator: torch.Generator,
    batch: int = 60,
    lr: float = 1.2e-3,
) -> None:
    """Train the model in place with Adam; weights that the masks prune are 0, then and after.

    It trains where the images lie, and comes back to where it was.
    """
    home = next(model.parameters()).device
    one = stack([model.to(images.device)], [Masks(masks)])
    steps = together.steps(one, (images, labels), generators=[generator], batch=batch, lr=lr)
    for _ in range(iterations):
        next(steps)
    one.unstack()
    model.to(home)


def find_ticket(
    model: nn.Module,
    rounds: int,
    images: Tensor,
    labels: Tensor,
    rate: float = 0.2,
    **options: object,
) -> dict[str, Tensor]:
    """Iterative magnitude pruning (§2): train, prune, rewind to θ0, so many times; the masks.

    The model comes in with θ0 and is left as the ticket, m ⊙ θ0. `options` are those of `learn`.
    """
    start = lottery.snapshot(model)
    masks: MaskDict = Masks.full(model)
    for _ in range(rounds):
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks, rate)
        rewind(model, start, masks)
    return dict(masks)
