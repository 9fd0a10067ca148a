"""Retrain several pruned networks at once: `prune.retrain` for each, on a stack (`greenlab.stack`).

Pixels from which no weight is left in a first layer are not multiplied: the networks are narrowed
for the training, which changes nothing but the time.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import repeat

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import train
from greenlab.masks import Masks, mask_of
from greenlab.stack import stack

FIRST = "0.weight"


def retrain(
    models: Sequence[nn.Sequential],
    masks: Sequence[Masks],
    data: tuple[Tensor, Tensor],
    *,
    epochs: int,
    generators: Sequence[torch.Generator],
    l1: Sequence[float] | float = 0.0,
    l2: Sequence[float] | float = 0.0,
    lr: float = 1e-3,
    batch: int = 100,
    show: bool = False,
    what: str = "retraining",
) -> None:
    """Train the kept weights of `zoo.mlp` networks in place with Adam, as `prune.retrain` would.

    Each network has its masks, its generator of shuffles and its penalties (`prune.penalized`; one
    number for all, or one each). `data`: images (n, inputs) and labels (n,). Raises ValueError for
    masks that are not a network's, uneven numbers of them, a loss that is not finite.
    """
    x, y = data
    small, kept, inputs, columns = _narrow(models, masks, x)
    penalties = [_penalty(small, value) for value in (l1, l2)]
    together = stack(small, kept)
    parameters = together.parameters
    optimizer = torch.optim.Adam(parameters, lr=lr, fused=x.device.type in ("cpu", "cuda"))
    images = torch.empty(len(small), batch, inputs[0].shape[1], device=x.device)
    with torch.no_grad():
        for epoch in train.progress(range(epochs), what, show):
            orders = [torch.randperm(len(x), generator=g).to(x.device) for g in generators]
            for rows in zip(*(order.split(batch) for order in orders), strict=True):
                part = images[:, : len(rows[0])] if len(rows[0]) < batch else images
                for j, own in enumerate(rows):
                    part[j] = inputs[j].index_select(0, own)
                labels = torch.stack([y.index_select(0, own) for own in rows])
                losses = together.backward(part, (labels,), F.cross_entropy, own=True)
                for i, p in enumerate(parameters):
                    if penalties[0]:
                        p.grad.addcmul_(p.sign(), penalties[0][i])
                    if penalties[1]:
                        p.grad.addcmul_(p, penalties[1][i])
                together.hold()
                optimizer.step()
            if not losses.isfinite().all():
                raise ValueError(f"the losses are {losses.tolist()} after epoch {epoch + 1}")
        together.unstack()
        for model, mask, trained, own in zip(models, masks, small, columns, strict=True):
            for (name, p), q in zip(model.named_parameters(), trained.parameters(), strict=True):
                if name == FIRST:
                    p[:, own] = q[:, : len(own)]
                else:
                    p.copy_(q)
            mask.apply(model)


def _narrow(
    models: Sequence[nn.Sequential], masks: Sequence[Masks], x: Tensor
) -> tuple[list[nn.Module], list[Masks], list[Tensor], list[Tensor]]:
    """Copies that see only the inputs they look at, their masks, those columns of `x`, which."""
    columns = [
        mask_of(FIRST, m.get_parameter(FIRST), mask).any(0).nonzero().flatten()
        for m, mask in zip(models, masks, strict=True)
    ]
    width = max(1, *(len(own) for own in columns))
    if width == x.shape[1]:
        everything = torch.arange(width, device=x.device)
        whole = [copy.deepcopy(m) for m in models]
        return whole, list(masks), [x] * len(models), [everything] * len(models)

    def pad(t: Tensor, own: Tensor) -> Tensor:
        return F.pad(t.index_select(1, own), (0, width - len(own)))

    small, kept, inputs = [], [], []
    for model, mask, own in zip(models, masks, columns, strict=True):
        narrow = copy.deepcopy(mask.apply(model))
        narrow[0].weight = nn.Parameter(pad(model[0].weight.detach(), own))
        narrow[0].in_features = width
        small.append(narrow)
        kept.append(Masks({**mask, FIRST: pad(mask[FIRST].to(own.device), own)}))
        inputs.append(pad(x, own))
    return small, kept, inputs, columns


def _penalty(models: Sequence[nn.Module], value: Sequence[float] | float) -> list[Tensor]:
    """The penalty's factor at each weight of the stack, 0 at biases; [] when there is none."""
    values = list(repeat(value, len(models))) if isinstance(value, int | float) else value
    if not any(values):
        return []
    filled = []
    for model, own in zip(models, values, strict=True):
        like = copy.deepcopy(model)
        for name, p in like.named_parameters():
            p.data.fill_(own if name.endswith("weight") else 0.0)
        filled.append(like)
    return [p.detach() for p in stack(filled).parameters]
