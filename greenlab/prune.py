"""Learning both weights and connections: prune small weights, retrain the rest (Han et al. 2015).

Masks (`greenlab.masks`) are bool tensors of a weight's shape, True for kept; density is the share
that is kept. Weights are pruned and counted, biases are not, as in the paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import train
from greenlab.masks import Masks, Weights, mask_of, weights

__all__ = [
    "Masks",
    "by_deviation",
    "by_global_magnitude",
    "by_magnitude",
    "iterate",
    "penalized",
    "retrain",
    "retraining_dropout",
    "sensitivity",
    "weights",
]


def by_magnitude(
    model: Weights, density: float | Mapping[str, float], within: Masks | None = None
) -> Masks:
    """Keep the weights of largest magnitude, layer by layer: exactly round(density · n) of each.

    n is the number of the layer's weights, or of those that `within` keeps: the others stay
    pruned, so that density 0.8 within 0.5 keeps 40 %. `density` in [0, 1]: one for all layers, or
    by name (a layer left out keeps all). Of equal weights the earlier ones are kept. Raises
    ValueError for a density out of range, an unknown layer, weights that are not a number.
    """
    ws = weights(model)
    share = dict(density) if isinstance(density, Mapping) else dict.fromkeys(ws, density)
    if not share.keys() <= ws.keys():
        raise ValueError(f"no layer {sorted(share.keys() - ws.keys())}; there are {sorted(ws)}")
    return _largest(ws, {name: share.get(name, 1.0) for name in ws}, within)


def by_global_magnitude(model: Weights, density: float, within: Masks | None = None) -> Masks:
    """Keep the weights of largest magnitude in all layers together: exactly round(density · n).

    n, `within`, ties (earlier layers first) and errors are as in `by_magnitude`.
    """
    ws = weights(model)
    sizes = [w.numel() for w in ws.values()]
    if not ws:
        return Masks({})
    together = {"all": torch.cat([w.detach().flatten() for w in ws.values()])}
    candidates = None
    if within is not None:
        candidates = Masks(
            {"all": torch.cat([mask_of(k, w, within).flatten() for k, w in ws.items()])}
        )
    parts = _largest(together, {"all": density}, candidates)["all"].split(sizes)
    return Masks({k: part.view(w.shape) for part, (k, w) in zip(parts, ws.items(), strict=True)})


def by_deviation(
    model: Weights,
    quality: float,
    sensitivity: Mapping[str, float] | None = None,
    within: Masks | None = None,
) -> Masks:
    """Prune the weights below a threshold, quality × standard deviation of the layer's (§3.1).

    A layer's quality is multiplied by its `sensitivity` (1 if it has none): below 1 it loses
    less. A weight at the threshold is kept; the deviation is that of the weights that `within`
    keeps, divided by n. Raises ValueError for negative values, an unknown layer.
    """
    ws, scale = weights(model), dict(sensitivity or {})
    if not scale.keys() <= ws.keys():
        raise ValueError(f"no layer {sorted(scale.keys() - ws.keys())}; there are {sorted(ws)}")
    if not quality >= 0 or not all(value >= 0 for value in scale.values()):
        raise ValueError("quality and sensitivities must be 0 or more")
    kept = {}
    for name, w in ws.items():
        candidates = mask_of(name, w, within)
        left = w.detach()[candidates]
        deviation = left.std(correction=0) if left.numel() else 0.0
        kept[name] = candidates & (_size(name, w) >= quality * scale.get(name, 1.0) * deviation)
    return Masks(kept)


def penalized(
    model: nn.Module,
    l1: float = 0.0,
    l2: float = 0.0,
    loss: Callable[..., Tensor] = F.cross_entropy,
) -> Callable[..., Tensor]:
    """`loss` plus l1 · Σ|w| + l2/2 · Σw² over the weights of `model`, for `train.fit` (§3.1).

    The gradient of the second part is l2 · w, weight decay. Raises ValueError below 0.
    """
    if not (l1 >= 0 and l2 >= 0):
        raise ValueError(f"penalties must be 0 or more, got l1={l1} and l2={l2}")

    def total(*args: Tensor) -> Tensor:
        value = loss(*args)
        for w in weights(model).values():
            if l1:
                value = value + l1 * w.abs().sum()
            if l2:
                value = value + l2 / 2 * w.square().sum()
        return value

    return total


def retrain(
    model: nn.Module, masks: Masks, data: Sequence[Tensor], *args: object, **options: object
) -> train.History:
    """Train the kept weights in place, from the values they have; the pruned ones stay 0 (§3.4).

    `data`, a loss and `options` are those of `train.fit`.
    """
    with masks.hold(model):
        return train.fit(model, data, *args, **options)


def iterate(
    model: nn.Module,
    densities: Sequence[float],
    data: Sequence[Tensor],
    *args: object,
    **options: object,
) -> Iterator[tuple[Masks, train.History]]:
    """Prune by magnitude and retrain, again and again (§3.5): masks and history of each round.

    `densities` are shares of all of a layer's weights, falling; what one round pruned stays
    pruned. The rest is as in `retrain`. Raises ValueError when the densities rise.
    """
    if any(later > earlier for earlier, later in pairwise(densities)):
        raise ValueError(f"densities must fall, got {list(densities)}")
    masks = Masks.full(model)
    for density in densities:
        wanted = {k: round(density * m.numel()) for k, m in masks.items()}
        left = {k: max(1, int(m.sum())) for k, m in masks.items()}
        shares = {k: min(1.0, wanted[k] / left[k]) for k in masks}
        masks = by_magnitude(model, shares, within=masks)
        yield masks, retrain(model, masks, data, *args, **options)


def retraining_dropout(rate: float, kept: int, connections: int) -> float:
    """Dropout for retraining a layer that keeps `kept` of its connections (§3.2).

    D_r = D_o · √(C_ir / C_io): fewer connections overfit less. Raises ValueError for a rate outside
    [0, 1] or counts other than 0 ≤ kept ≤ connections, connections > 0.
    """
    if not 0 <= rate <= 1 or not 0 <= kept <= connections or connections < 1:
        raise ValueError(f"can't scale dropout {rate} by {kept} of {connections} connections")
    return rate * math.sqrt(kept / connections)


def sensitivity(
    model: nn.Module, densities: Sequence[float], measure: Callable[[nn.Module], float]
) -> dict[str, list[float]]:
    """`measure(model)` with one layer pruned by magnitude at a time, at each density (Figure 6).

    No retraining; the model is as before afterwards.
    """
    found: dict[str, list[float]] = {}
    for name, w in weights(model).items():
        before = w.detach().clone()
        found[name] = []
        try:
            for density in densities:
                by_magnitude({name: before}, density).apply(model)
                found[name].append(measure(model))
                w.data.copy_(before)
        finally:
            w.data.copy_(before)
    return found


def _largest(ws: Mapping[str, Tensor], share: Mapping[str, float], within: Masks | None) -> Masks:
    kept = {}
    for name, w in ws.items():
        density = share[name]
        if not 0 <= density <= 1:
            raise ValueError(f"the density of {name} must lie in [0, 1], got {density}")
        candidates = mask_of(name, w, within).flatten()
        size = _size(name, w).flatten().masked_fill(~candidates, -1)  # below every magnitude
        k = round(density * int(candidates.sum()))
        if k == 0:  # kthvalue has no 0th
            kept[name] = torch.zeros_like(w, dtype=torch.bool)
            continue
        threshold = size.kthvalue(len(size) - k + 1).values
        mask = size > threshold
        ties = (size == threshold).nonzero().flatten()[: k - int(mask.sum())]
        mask[ties] = True
        kept[name] = mask.view(w.shape)
    return Masks(kept)


def _size(name: str, w: Tensor) -> Tensor:
    size = w.detach().abs()
    if size.isnan().any():
        raise ValueError(f"{name} holds weights that are not a number: they have no order")
    return size
