"""Retrain pruned networks in sparse form: only kept weights are stored, multiplied and updated.

Forward, W·h with W in CSR; its gradient at the kept places alone (a sampled product); Adam on the
kept values. Several networks are one, with block-diagonal matrices. Below about 15 % of the weights
that is faster than masked dense training, on a CPU (tests/benchmarks/pruning.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from greenlab.masks import Masks, mask_of


@cache
def available() -> bool:
    """Whether this PyTorch multiplies CSR matrices on the CPU (on x86 it does, by MKL)."""
    try:
        w = _csr([torch.tensor([[True, False]])], torch.ones(1))
        return bool((w @ torch.ones(2, 1)) == 1 and sampled(w, torch.ones(1, 3), torch.ones(3, 2)))
    except RuntimeError:
        return False


def retrain(
    models: Sequence[nn.Sequential],
    masks: Sequence[Masks],
    data: tuple[Tensor, Tensor],
    *,
    epochs: int,
    generators: Sequence[torch.Generator],
    l1: float = 0.0,
    l2: float = 0.0,
    lr: float = 1e-3,
    batch: int = 100,
) -> None:
    """Train the kept weights of `zoo.mlp` networks in place with Adam, as `prune.retrain` would.

    The loss is cross-entropy and `prune.penalized`; each network has its masks and its generator of
    shuffles. `data`: images (n, inputs), labels (n,), on the CPU. Raises ValueError for other
    networks, networks of different depths, masks not their own, a loss not finite.
    """
    x, y = data
    columns = list(zip(*map(_linears, models), strict=True))  # by layer, all models' own
    for model, mask in zip(models, masks, strict=True):
        mask.apply(model)
    keep = [
        [mask_of(f"{2 * i}.weight", m.weight, k) for m, k in zip(column, masks, strict=True)]
        for i, column in enumerate(columns)
    ]
    seen = [first.any(0) for first in keep[0]]  # a pixel that no weight looks at is not multiplied
    inputs = [x[:, own] for own in seen]
    # One row of memory, layer by layer: kept weights of all models, then biases of all models.
    parts = [
        torch.cat([m.weight.detach()[k] for m, k in zip(*layer, strict=True)])
        for layer in zip(columns, keep, strict=True)
    ]
    weights = sum(map(len, parts))
    parts += [torch.cat([m.bias.detach() for m in column]) for column in columns]
    flat = torch.cat(parts)
    flat.grad = torch.zeros_like(flat)
    sizes, n = [len(part) for part in parts], len(columns)
    values, grads = flat.split(sizes), flat.grad.split(sizes)
    blocks = [[k[:, own] for k, own in zip(keep[0], seen, strict=True)], *keep[1:]]
    net = [
        _Layer.make(blocks[i], values[i], values[n + i][:, None], grads[i], grads[n + i])
        for i in range(n)
    ]
    optimizer = torch.optim.Adam([flat], lr=lr, fused=True)
    with torch.no_grad():
        for epoch in range(epochs):
            orders = [torch.randperm(len(x), generator=g).split(batch) for g in generators]
            for rows in zip(*orders, strict=True):
                own = [t.index_select(0, r).t() for t, r in zip(inputs, rows, strict=True)]
                loss = _backward(net, torch.cat(own), y[torch.stack(rows)])
                if l1:
                    flat.grad[:weights].add_(flat[:weights].sign(), alpha=l1)
                if l2:
                    flat.grad[:weights].add_(flat[:weights], alpha=l2)
                optimizer.step()
            if not loss.isfinite():
                raise ValueError(f"the loss is {loss.item()} after epoch {epoch + 1}")
        for column, masked, v, b in zip(columns, keep, values[:n], values[n:], strict=True):
            own = v.split([int(k.sum()) for k in masked])
            for m, k, w, bias in zip(column, masked, own, b.view(len(models), -1), strict=True):
                m.weight[k] = w
                m.bias.copy_(bias)


@dataclass
class _Layer:
    """A sparse layer: its matrix, the transposed one and its order, where gradients go."""

    w: Tensor
    transposed: Tensor
    order: Tensor
    bias: Tensor
    w_grad: Tensor
    bias_grad: Tensor

    @classmethod
    def make(cls, keep: list[Tensor], values: Tensor, bias: Tensor, *grads: Tensor) -> _Layer:
        orders, start = [], 0
        for block in keep:
            numbers = torch.zeros(block.shape, dtype=torch.long)
            numbers[block] = torch.arange(start, start := start + int(block.sum()))
            orders.append(numbers.t()[block.t()])
        order = torch.cat(orders)
        turned = _csr([block.t() for block in keep], values[order])
        return cls(_csr(keep, values), turned, order, bias, *grads)


def _backward(net: list[_Layer], h: Tensor, labels: Tensor) -> Tensor:
    """Set the gradients of the models' mean cross-entropies; returns their sum.

    `h`: all models' inputs one below the other, (inputs, batch); `labels`: (models, batch).
    """
    inputs = []
    for at, layer in enumerate(net):
        inputs.append(h)
        h = (
            torch.addmm(layer.bias, layer.w, h)
            if layer.w._nnz()
            else layer.bias.expand(-1, h.shape[1])
        )
        if at < len(net) - 1:
            h = h.relu()
    models, batch = labels.shape
    log = h.reshape(models, -1, batch).log_softmax(1)
    picked = labels[:, None]
    loss = -log.gather(1, picked).sum() / batch
    g = log.exp_()
    g.scatter_add_(1, picked, g.new_full((), -1).expand(picked.shape))
    g = g.view(-1, batch) / batch
    for at in reversed(range(len(net))):
        layer, h = net[at], inputs[at]
        if layer.w._nnz():
            layer.w_grad.copy_(sampled(layer.w, g, h.t()))
        torch.sum(g, 1, out=layer.bias_grad)
        if at:
            torch.index_select(layer.w.values(), 0, layer.order, out=layer.transposed.values())
            g = (layer.transposed @ g).mul_(h > 0)
    return loss


def _linears(model: nn.Sequential) -> list[nn.Linear]:
    kinds = [nn.Linear if i % 2 == 0 else nn.ReLU for i in range(len(model))]
    if not all(type(m) is kind for m, kind in zip(model, kinds, strict=True)):
        raise ValueError("only networks of linear layers and ReLUs train in sparse form")
    return list(model[::2])


def _csr(keep: list[Tensor], values: Tensor) -> Tensor:
    """The block-diagonal matrix with `values` (shared, not copied) where `keep` is True."""
    counts = torch.cat([block.sum(1) for block in keep])
    starts = torch.zeros(len(counts) + 1, dtype=torch.long)
    starts[1:] = counts.cumsum(0)
    places, width = [], 0
    for block in keep:
        places.append(block.nonzero()[:, 1] + width)
        width += block.shape[1]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse")  # in beta; its invariants hold by construction
        return torch.sparse_csr_tensor(starts, torch.cat(places), values, (len(counts), width))


def sampled(w: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The values of a @ b where `w` has some."""
    return torch.sparse.sampled_addmm(w, a, b, beta=0.0).values()
