"""Train many models at once: `train.fit` for a stack, side by side as far as that is faster."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import train
from greenlab.device import threads
from greenlab.masks import Masks
from greenlab.stack import Loss, Stack, stack
from greenlab.still import without_still_inputs
from greenlab.zoo import count_parameters

Generators = torch.Generator | Sequence[torch.Generator]

# On a CPU, models lie side by side up to this many weights: with gradients and Adam's two averages
# 10 MB, which a cache may hold; beyond, memory costs more than batching gains
# (tests/benchmarks/stack.py measures it).
CACHED_WEIGHTS = 600_000


def steps(
    models: Stack,
    data: Sequence[Tensor],
    loss: Loss | Sequence[Loss] = F.cross_entropy,
    *,
    generators: Generators,
    batch: int = 100,
    optimizer: type[torch.optim.Optimizer] = torch.optim.Adam,
    **options: float,
) -> Iterator[Tensor]:
    """Train the stack in place on `data = (x, *targets)`, one iteration a yield: losses (k,).

    Goes on without end, epoch after epoch. `generators`: one for each model, which then sees its
    rows in the order that `train.fit` gives them; or one for all, and one order. `optimizer`
    must work number by number (SGD, Adam, AdamW); `options` are its own, such as lr.
    """
    x, own = data[0], not isinstance(generators, torch.Generator)
    if "fused" in inspect.signature(optimizer).parameters and x.device.type in ("cpu", "cuda"):
        options = {"fused": True, **options}
    optimize = optimizer(models.parameters, **options)
    while True:
        if own:
            order = torch.stack([torch.randperm(len(x), generator=g) for g in generators])
        else:
            order = torch.randperm(len(x), generator=generators)
        for rows in order.to(x.device).split(batch, dim=-1):
            at = rows.flatten()
            part = [t.index_select(0, at).view(*rows.shape, *t.shape[1:]) for t in data]
            with torch.no_grad():
                losses = models.backward(part[0], part[1:], loss, own)
                models.hold()
                optimize.step()
            yield losses


def errors(models: Stack, x: Tensor, y: Tensor, batch: int = 2000) -> Tensor:
    """How many rows of `x` (n, …) each model puts in another class than `y` (n,): shape (k,)."""
    parts = zip(x.split(batch), y.split(batch), strict=True)
    return sum((models.logits(part).argmax(-1) != labels).sum(1) for part, labels in parts)


def fit(
    models: Sequence[nn.Module],
    data: Sequence[Tensor],
    loss: Loss | Sequence[Loss] = F.cross_entropy,
    *,
    epochs: int,
    generators: Generators,
    batch: int = 100,
    masks: Sequence[Mapping[str, Tensor]] | None = None,
    test: tuple[Tensor, Tensor] | None = None,
    side_by_side: int | None = None,
    optimizer: type[torch.optim.Optimizer] = torch.optim.Adam,
    show: bool = False,
    what: str = "training",
    **options: float,
) -> list[train.History]:
    """Train the models in place, as `train.fit` would one by one; each one's history.

    Runs where `data = (x, *targets)` lies: the models move there. `generators`, `loss`: one for
    each model, or one for all; with one generator all see the rows in one order. `masks`: one a
    model, by parameter name; what they prune is exactly 0, then and after. `side_by_side`: how many
    at a time; by default as many as pay. Modules other than ReLU networks draw dropout from torch's
    global generator, in another order than one by one. The seconds of those that trained side by
    side are shared equally. Raises ValueError as `train.fit` does, for lists of another length than
    the models', models that can't lie side by side.
    """
    k, each = len(models), {"generators": generators, "loss": loss, "masks": masks}
    for name, given in each.items():
        if isinstance(given, Sequence) and len(given) != k:
            raise ValueError(f"{k} models need {k} {name}, got {len(given)}")
    if isinstance(generators, Sequence) and len({id(g) for g in generators}) != k:
        raise ValueError("each model needs a generator of its own: one after the other draws anew")
    sizes = [len(t) for t in data]
    if len(set(sizes)) != 1 or sizes[0] == 0:
        raise ValueError(f"data must have equal, positive lengths, got {sizes}")
    if epochs < 0 or batch < 1 or (side_by_side is not None and side_by_side < 1):
        raise ValueError("fit needs epochs >= 0, batch >= 1 and side_by_side >= 1")
    for model in models:
        model.to(data[0].device).train()
    histories = [train.History() for _ in models]
    start = generators.get_state() if isinstance(generators, torch.Generator) else None
    usual = optimizer is torch.optim.Adam and options.keys() <= {"lr"}  # that of train.fit
    plain = optimizer in (torch.optim.Adam, torch.optim.SGD) and not options.get("weight_decay")
    with without_still_inputs(models, data, masks, test, plain) as (narrow, data, masks, test):
        for group in groups(narrow, side_by_side):
            if start is not None:
                generators.set_state(start)  # every group in the same order
            own = {
                name: [given[j] for j in group] if isinstance(given, Sequence) else given
                for name, given in {**each, "models": narrow, "masks": masks}.items()
            }
            name = what if len(group) == k else f"{what}: {len(group)} of {k}"
            how = {"epochs": epochs, "batch": batch, "test": test, "show": show, "what": name}
            if len(group) == 1 and usual:
                found = [_fit_one(own, data, **how, **options)]
            else:
                found = _fit_group(own, data, optimizer=optimizer, **how, **options)
            for j, history in zip(group, found, strict=True):
                histories[j] = history
    return histories


def _fit_one(own: dict, data: Sequence[Tensor], **options: object) -> train.History:
    model, generator, loss, mask = (
        given[0] if isinstance(given, Sequence) else given
        for given in (own[name] for name in ("models", "generators", "loss", "masks"))
    )
    with Masks(mask or {}).hold(model):
        return train.fit(model, data, loss, generator=generator, **options)


def _fit_group(
    own: dict,
    data: Sequence[Tensor],
    *,
    epochs: int,
    batch: int,
    test: tuple[Tensor, Tensor] | None,
    show: bool,
    what: str,
    **options: object,
) -> list[train.History]:
    began, n, device = time.perf_counter(), len(data[0]), data[0].device
    models, histories = stack(own["models"], own["masks"]), [train.History() for _ in own["models"]]
    generators, loss = own["generators"], own["loss"]
    running = steps(models, data, loss, generators=generators, batch=batch, **options)
    with _threads_for(models, batch, device):
        for epoch in train.progress(range(epochs), what, show):
            total = torch.zeros(len(models), device=device)
            for first in range(0, n, batch):
                total += next(running) * min(batch, n - first)
            if not torch.isfinite(total).all():
                raise ValueError(f"a loss is not finite after epoch {epoch + 1}: try a smaller lr")
            for history, value in zip(histories, total.tolist(), strict=True):
                history.loss.append(value / n)
            wrong = errors(models, *test).tolist() if test is not None else ()
            for history, count in zip(histories, wrong, strict=test is not None):
                history.errors.append(count)
    models.unstack()
    for history in histories:
        history.seconds = (time.perf_counter() - began) / len(models)
    return histories


def groups(models: Sequence[nn.Module], side_by_side: int | None = None) -> list[list[int]]:
    """Which models `fit` trains side by side: lists of their places.

    Models of like size, so that little is padded, and on a CPU as many as pay, or `side_by_side`.
    """
    sizes = [count_parameters(model) for model in models]
    most, weights = side_by_side or len(models), float("inf")
    if models and side_by_side is None and next(models[0].parameters()).device.type == "cpu":
        weights = CACHED_WEIGHTS
        if any(isinstance(m, nn.modules.conv._ConvNd) for m in models[0].modules()):
            most = 1  # side by side, convolutions become grouped ones, and slower
    found: list[list[int]] = []
    for j in sorted(range(len(models)), key=sizes.__getitem__):
        group = [*found[-1], j] if found else []
        padded = sizes[j] * len(group)
        near = side_by_side is not None or padded <= 1.5 * sum(sizes[i] for i in group)
        if group and len(group) <= most and padded <= weights and near:
            found[-1] = group
        else:
            found.append([j])
    return found


def _threads_for(models: Stack, batch: int, device: torch.device) -> object:
    weights = sum(p.numel() for p in models.parameters)
    small = device.type == "cpu" and batch * weights < train.SMALL_BATCH_MACS
    return threads(1) if small else nullcontext()
