"""Training without the inputs that are always 0, such as a digit's corners: the same, sooner.

Their weights have no gradient, so an optimizer without weight decay leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from greenlab.masks import Masks
from greenlab.stack import linears

Test = tuple[Tensor, Tensor]


@contextmanager
def without_still_inputs(
    models: Sequence[nn.Module],
    data: Sequence[Tensor],
    masks: Sequence[Mapping[str, Tensor]] | None,
    test: Test | None,
    plain: bool,
) -> Iterator[tuple]:
    """Models, `data = (x, *targets)`, masks and test to train with; in the end the models have it.

    They are the same as they came, unless the models are ReLU networks, some of their inputs are 0
    in all rows of `data` and `test`, and the optimizer is `plain`: it leaves alone what has no
    gradient. Raises ValueError for masks that are not the models'.
    """
    live = live_inputs(models, data[0], test) if plain else None
    if live is None:
        yield models, data, masks, test
        return
    if masks is not None:
        masks = [Masks(mask, of=model) for model, mask in zip(models, masks, strict=True)]
        for model, mask in zip(models, masks, strict=True):
            mask.apply(model)
        masks = [{n: m[:, live] if n == "0.weight" else m for n, m in own.items()} for own in masks]
    narrow = [narrowed(model, live) for model in models]
    try:
        yield narrow, (data[0][:, live], *data[1:]), masks, test and (test[0][:, live], test[1])
    finally:
        with torch.no_grad():
            for model, trained in zip(models, narrow, strict=True):
                model[0].weight[:, live] = trained[0].weight


def live_inputs(models: Sequence[nn.Module], x: Tensor, test: Test | None) -> Tensor | None:
    """Which inputs of ReLU networks are ever other than 0, a bool each; None if all or none are."""
    firsts = [(linears(model) or [None])[0] for model in models]
    if x.dim() != 2 or any(f is None or f.in_features != x.shape[1] for f in firsts):
        return None
    live = x.any(0)
    if test is not None:
        live |= test[0].any(0)
    return live if live.any() and not live.all() else None


def narrowed(model: nn.Sequential, live: Tensor) -> nn.Sequential:
    """The network with its live inputs only; all but the first layer's weights are the model's."""
    first = nn.utils.skip_init(nn.Linear, int(live.sum()), model[0].out_features)
    first.weight, first.bias = nn.Parameter(model[0].weight.detach()[:, live]), model[0].bias
    return nn.Sequential(first, *model[1:])
