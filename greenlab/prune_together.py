"""Retrain several pruned networks at once: `prune.retrain` for each, on a stack (`greenlab.stack`).

Pixels from which no weight is left in a first layer, and those that are 0 in all images, are not
multiplied: the networks are narrowed for the training, which changes nothing but the time.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

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
    small, kept, inputs, columns, idle = _narrow(models, masks, x)
    each = [[v] * len(small) if isinstance(v, int | float) else list(v) for v in (l1, l2)]
    together = stack(small, kept)
    unseen = list(zip(models, idle, strict=True))
    # Weights of pixels that are never on have no gradient but their penalty's.
    still = torch.cat([m[0].weight.detach()[:, i].flatten() for m, i in unseen])
    still.grad = torch.zeros_like(still)
    sizes = torch.tensor([m[0].out_features * len(i) for m, i in unseen])
    parameters = [*together.parameters, still]
    penalties = [
        [*_penalty(small, own), torch.tensor(own).repeat_interleave(sizes).to(still)]
        if any(own)
        else []
        for own in each
    ]
    optimizer = torch.optim.Adam(parameters, lr=lr, fused=x.device.type in ("cpu", "cuda"))
    images = torch.empty(len(small), batch, inputs[0].shape[1], device=x.device)
    with torch.no_grad():
        for epoch in train.progress(range(epochs), what, show):
            orders = [torch.randperm(len(x), generator=g).to(x.device) for g in generators]
            for rows in zip(*(order.split(batch) for order in orders), strict=True):
                part = images[:, : len(rows[0])] if len(rows[0]) < batch else images
                for j, own in enumerate(rows):
                    torch.index_select(inputs[j], 0, own, out=part[j])
                labels = torch.stack([y.index_select(0, own) for own in rows])
                losses = together.backward(part, (labels,), F.cross_entropy, own=True)
                still.grad.zero_()
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
        parts = still.split(sizes.tolist())
        for model, mask, trained, own, off, values in zip(
            models, masks, small, columns, idle, parts, strict=True
        ):
            for (name, p), q in zip(model.named_parameters(), trained.parameters(), strict=True):
                if name == FIRST:
                    p[:, own] = q[:, : len(own)]
                    p[:, off] = values.view(len(p), -1)
                else:
                    p.copy_(q)
            mask.apply(model)


def _narrow(
    models: Sequence[nn.Sequential], masks: Sequence[Masks], x: Tensor
) -> tuple[list[nn.Module], list[Masks], list[Tensor], list[Tensor], list[Tensor]]:
    """Copies that see only the inputs they look at, their masks, those columns of `x`.

    Last, which columns they are, and which are looked at but never on.
    """
    keep = [mask_of(FIRST, m.get_parameter(FIRST), k) for m, k in zip(models, masks, strict=True)]
    on = x.any(0)
    columns = [(k.any(0) & on).nonzero().flatten() for k in keep]
    idle = [(k.any(0) & ~on).nonzero().flatten() for k in keep]
    width = max(1, *(len(own) for own in columns))

    def narrow(t: Tensor, own: Tensor) -> Tensor:
        return F.pad(t.index_select(1, own), (0, width - len(own)))

    small, kept, inputs = [], [], []
    for model, mask, first, own in zip(models, masks, keep, columns, strict=True):
        thin = copy.deepcopy(mask.apply(model))
        thin[0].weight = nn.Parameter(narrow(model[0].weight.detach(), own))
        thin[0].in_features = width
        small.append(thin)
        kept.append(Masks({**mask, FIRST: narrow(first, own)}))
        same = inputs and torch.equal(own, columns[len(inputs) - 1])
        inputs.append(inputs[-1] if same else narrow(x, own))
    return small, kept, inputs, columns, idle


def _penalty(models: Sequence[nn.Module], values: Sequence[float]) -> list[Tensor]:
    """The penalty's factor at each weight of the stack, 0 at biases."""
    filled = []
    for model, own in zip(models, values, strict=True):
        like = copy.deepcopy(model)
        for name, p in like.named_parameters():
            p.data.fill_(own if name.endswith("weight") else 0.0)
        filled.append(like)
    return [p.detach() for p in stack(filled).parameters]
