"""Retrain a pruned network in sparse form: only kept weights are stored, multiplied and updated.

Forward, W·h with W in CSR; its gradient at the kept places alone (a sampled product); Adam on the
kept values. Below about 15 % of the weights that is faster than masked dense training, on a CPU
(tests/benchmarks/pruning.py). Layers work on (units, batch).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from greenlab.masks import Masks, mask_of


@cache
def available() -> bool:
    """Whether this PyTorch multiplies CSR matrices on the CPU (on x86 it does, by MKL)."""
    try:
        w = _csr(torch.tensor([[True, False]]), torch.ones(1))
        return bool((w @ torch.ones(2, 1)) == 1 and _sampled(w, torch.ones(1, 3), torch.ones(3, 2)))
    except RuntimeError:
        return False


def retrain(
    model: nn.Sequential,
    masks: Masks,
    data: tuple[Tensor, Tensor],
    *,
    epochs: int,
    generator: torch.Generator,
    l1: float = 0.0,
    l2: float = 0.0,
    lr: float = 1e-3,
    batch: int = 100,
) -> None:
    """Train the kept weights of a `zoo.mlp` network in place with Adam, as `prune.retrain` would.

    The loss is cross-entropy and `prune.penalized`; `data`: images (n, inputs), labels (n,), on the
    CPU. Raises ValueError for another kind of network, masks not its own, a loss not finite.
    """
    x, y = data
    layers = list(model[::2])
    kinds = [nn.Linear if i % 2 == 0 else nn.ReLU for i in range(len(model))]
    if not all(type(m) is kind for m, kind in zip(model, kinds, strict=True)):
        raise ValueError("only networks of linear layers and ReLUs train in sparse form")
    masks.apply(model)
    keep = [mask_of(f"{2 * i}.weight", m.weight, masks) for i, m in enumerate(layers)]
    seen = keep[0].any(0)  # a pixel that no weight looks at is not multiplied
    x = x[:, seen]
    # One row of memory for all kept weights, then all biases: one tensor for the optimizer.
    parts = [m.weight.detach()[k] for m, k in zip(layers, keep, strict=True)]
    weights = sum(map(len, parts))
    flat = torch.cat([*parts, *(m.bias.detach() for m in layers)])
    flat.grad = torch.zeros_like(flat)
    sizes = [*map(len, parts), *(m.out_features for m in layers)]
    values, grads = flat.split(sizes), flat.grad.split(sizes)
    n = len(layers)
    net = [
        _Layer.make(k, v, b[:, None], gv, gb)
        for k, v, b, gv, gb in zip(
            [keep[0][:, seen], *keep[1:]], values[:n], values[n:], grads[:n], grads[n:], strict=True
        )
    ]
    optimizer = torch.optim.Adam([flat], lr=lr, fused=True)
    with torch.no_grad():
        for epoch in range(epochs):
            total = 0.0
            for rows in torch.randperm(len(x), generator=generator).split(batch):
                total += _backward(net, x.index_select(0, rows), y.index_select(0, rows))
                if l1:
                    flat.grad[:weights].add_(flat[:weights].sign(), alpha=l1)
                if l2:
                    flat.grad[:weights].add_(flat[:weights], alpha=l2)
                optimizer.step()
            if not total < float("inf"):
                raise ValueError(f"the loss is {total} after epoch {epoch + 1}")
        for layer, k, v, b in zip(layers, keep, values[:n], values[n:], strict=True):
            layer.weight[k] = v
            layer.bias.copy_(b)


@dataclass
class _Layer:
    """A sparse layer: its matrix, the transposed one's order of values, and where gradients go."""

    w: Tensor
    transposed: Tensor
    order: Tensor
    bias: Tensor
    w_grad: Tensor
    bias_grad: Tensor

    @classmethod
    def make(cls, keep: Tensor, values: Tensor, bias: Tensor, *grads: Tensor) -> _Layer:
        numbers = torch.zeros(keep.shape, dtype=torch.long)
        numbers[keep] = torch.arange(len(values))
        order = numbers.t()[keep.t()]
        return cls(_csr(keep, values), _csr(keep.t(), values[order]), order, bias, *grads)


def _backward(net: list[_Layer], x: Tensor, y: Tensor) -> float:
    """Set the gradients of mean cross-entropy on x (batch, inputs) and y; returns it."""
    inputs, h = [], x.t().contiguous()
    for at, layer in enumerate(net):
        inputs.append(h)
        h = torch.addmm(layer.bias, layer.w, h) if layer.w._nnz() else layer.bias.expand(-1, len(x))
        if at < len(net) - 1:
            h = h.relu()
    log = h.log_softmax(0)
    picked = y[None]
    loss = -log.gather(0, picked).mean()
    g = log.exp_()
    g.scatter_add_(0, picked, torch.full_like(picked, -1, dtype=g.dtype))
    g /= len(x)
    for at in reversed(range(len(net))):
        layer, h = net[at], inputs[at]
        if layer.w._nnz():
            layer.w_grad.copy_(_sampled(layer.w, g, h.t()))
        torch.sum(g, 1, out=layer.bias_grad)
        if at:
            layer.transposed.values().copy_(layer.w.values()[layer.order])
            g = (layer.transposed @ g) * (h > 0)
    return loss.item()


def _csr(keep: Tensor, values: Tensor) -> Tensor:
    """The matrix with `values` (shared, not copied) where `keep` is True, row by row."""
    starts = torch.zeros(len(keep) + 1, dtype=torch.long)
    starts[1:] = keep.sum(1).cumsum(0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse")  # in beta; its invariants hold by construction
        return torch.sparse_csr_tensor(starts, keep.nonzero()[:, 1], values, keep.shape)


def _sampled(w: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The values of a @ b where `w` has some."""
    return torch.sparse.sampled_addmm(w, a, b, beta=0.0).values()
