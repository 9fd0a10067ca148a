"""Pruning in plain tensors, one layer at a time (Han et al. 2015), as the lab on pruning writes it.

A mask is a bool tensor of its weight's shape, True for kept; a network's masks are a dict of them
by the weights' names. `greenlab.prune` does the same for whole networks and any training loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import prune, train
from greenlab.compression import INDEX, VALUE
from greenlab.masks import Masks, weights

MaskDict = Mapping[str, Tensor]


def threshold_mask(w: Tensor, quality: float) -> Tensor:
    """Keep the weights of magnitude quality · σ or more, σ the standard deviation of `w` (§3.1)."""
    return prune.by_deviation({"w": w}, quality)["w"]


def keep_largest(w: Tensor, density: float) -> Tensor:
    """Keep exactly round(density · n) of the n weights, those of largest magnitude."""
    return prune.by_magnitude({"w": w}, density)["w"]


def prune_further(w: Tensor, mask: Tensor, share: float) -> Tensor:
    """Of what `mask` keeps, keep the largest `share`: 0.8 within a mask of 50 % keeps 40 %."""
    return prune.by_magnitude({"w": w}, share, within=Masks({"w": mask}))["w"]


def penalty(ws: Iterable[Tensor], l1: float = 0.0, l2: float = 0.0) -> Tensor | float:
    """l1 · Σ|w| + l2/2 · Σw² over several weight tensors; the second is weight decay (§3.1)."""
    return sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in ws)


def held_step(
    model: nn.Module,
    masks: MaskDict,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    l1: float = 0.0,
    l2: float = 0.0,
) -> None:
    """One step of `optimizer` on cross-entropy and `penalty`; then the pruned weights are 0 (§3.4).

    Set back after the step, for momentum and weight decay move weights that get no gradient.
    """
    loss = F.cross_entropy(model(images), labels)
    if l1 or l2:
        loss = loss + penalty(weights(model).values(), l1, l2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for name, w in weights(model).items():
            w *= masks[name]


def retrain(
    model: nn.Module,
    masks: MaskDict,
    images: Tensor,
    labels: Tensor,
    *,
    epochs: int,
    generator: torch.Generator,
    lr: float = 2e-3,
    batch: int = 200,
    l1: float = 0.0,
    l2: float = 0.0,
) -> None:
    """Set the pruned weights to 0, then train the kept ones from where they are.

    With epochs = 0 it only prunes. Adam, made anew; `generator` draws the shuffles.
    """
    masks = Masks(masks, of=model)
    masks.apply(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    for _ in range(epochs):
        for rows in train.batches(len(images), batch, generator):
            held_step(model, masks, optimizer, images[rows], labels[rows], l1, l2)


def iterate(
    model: nn.Module,
    shares: Sequence[float],
    images: Tensor,
    labels: Tensor,
    measure: Callable[[nn.Module], float],
    **options: object,
) -> tuple[dict[str, Tensor], list[float]]:
    """Prune to a share of what is left and retrain, round by round (§3.5).

    Gives the last masks, and `measure(model)` after each round. `options` are those of `retrain`.
    """
    masks: MaskDict = Masks.full(model)
    measured = []
    for share in shares:
        masks = {name: prune_further(w, masks[name], share) for name, w in weights(model).items()}
        retrain(model, masks, images, labels, **options)
        measured.append(measure(model))
    return dict(masks), measured


def remove_dead(masks: Sequence[Tensor]) -> list[Tensor]:
    """The masks without the connections of neurons that have no inputs or no outputs (§3.5).

    `masks`: those of a chain of fully connected layers, (outputs, inputs) each; the network's own
    inputs and outputs stay. Removing one neuron can leave another without; so do their chains go.
    """
    masks = [mask.clone() for mask in masks]
    for before, after in pairwise(masks):
        after[:, ~before.any(1)] = False
    for before, after in reversed(list(pairwise(masks))):
        before[~after.any(0)] = False
    return masks


def times_fewer(sizes: Sequence[int], biases: Sequence[int], densities: Sequence[float]) -> float:
    """How many times fewer parameters a pruned network has; its biases are all kept."""
    kept = sum(n * density for n, density in zip(sizes, densities, strict=True))
    return (sum(sizes) + sum(biases)) / (kept + sum(biases))


def csr_bytes(mask: Tensor) -> int:
    """Bytes of a layer in CSR form: a value and a column for each kept weight, and the row starts.

    Float32 values, int32 columns and row starts; `mask` is (rows, columns).
    """
    return (VALUE + INDEX) * int(mask.sum()) + INDEX * (len(mask) + 1)
