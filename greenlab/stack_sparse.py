"""Pruned networks at once in sparse form: one block-diagonal matrix a layer, kept weights alone.

As `greenlab.stack`, for masks that keep so little that a CPU multiplies it faster than all the
zeros (tests/benchmarks/lottery.py). Layers work on (k · units, n), model under model.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn

from greenlab import prune_sparse
from greenlab.masks import Masks, mask_of, weights
from greenlab.stack import Loss, Stack, linears, losses_and_gradient

# Below this share of weights sparse form is faster (tests/benchmarks/lottery.py measures it).
SPARSE_BELOW = 0.3


@dataclass
class _Layer:
    """A layer of all models: kept places of the block-diagonal matrix, in the order of values."""

    keep: list[Tensor]  # each model's mask (out, in)
    matrix: Tensor  # (sum of outs, sum of ins), its values shared with the parameters
    beside: Tensor  # (sum of outs, in), the same values for an input that all models share
    transposed: Tensor
    order: Tensor  # of the transposed matrix's values
    bias: Tensor
    grads: tuple[Tensor, Tensor]

    @classmethod
    def make(cls, keep: list[Tensor], values: Tensor, bias: Tensor, *grads: Tensor) -> _Layer:
        outs, ins = ([0, *accumulate(mask.shape[d] for mask in keep)] for d in (0, 1))
        places = [mask.nonzero() for mask in keep]
        rows = torch.cat([at[:, 0] + first for at, first in zip(places, outs, strict=False)])
        columns = torch.cat([at[:, 1] + first for at, first in zip(places, ins, strict=False)])
        order = torch.argsort(columns * outs[-1] + rows)
        shared = torch.cat([at[:, 1] for at in places])
        return cls(
            keep,
            _csr(rows, columns, values, (outs[-1], ins[-1])),
            _csr(rows, shared, values, (outs[-1], max(mask.shape[1] for mask in keep))),
            _csr(columns[order], rows[order], values[order], (ins[-1], outs[-1])),
            order,
            bias[:, None],
            grads,
        )


class Sparse(Stack):
    """Masked ReLU networks of `zoo.mlp`'s form, of one depth, as block-diagonal CSR matrices.

    What is pruned is not stored, so that nothing can revive it; no weight may be masked but
    those of layers. Raises ValueError for masks that are not the models'.
    """

    def __init__(self, models: Sequence[nn.Module], masks: Sequence[Mapping[str, Tensor]]) -> None:
        self.models, self._masks = list(models), []
        columns = list(enumerate(zip(*(model[::2] for model in self.models), strict=True)))
        for model, mask in zip(self.models, masks, strict=True):
            Masks(mask, of=model).apply(model)
        named = [[(f"{2 * at}.weight", m.weight) for m in column] for at, column in columns]
        keep = [
            [mask_of(*weight, mask) for weight, mask in zip(column, masks, strict=True)]
            for column in named
        ]
        parts = [
            torch.cat([w.detach()[on] for (_, w), on in zip(column, own, strict=True)])
            for column, own in zip(named, keep, strict=True)
        ]
        parts += [torch.cat([m.bias.detach() for m in column]) for _, column in columns]
        flat = torch.cat(parts)  # one tensor for the optimizer
        flat.grad = torch.zeros_like(flat)
        self.parameters, n = [flat], len(columns)
        values, grads = (t.split([len(part) for part in parts]) for t in (flat, flat.grad))
        each = zip(keep, values[:n], values[n:], grads[:n], grads[n:], strict=True)
        self._layers = [_Layer.make(*layer) for layer in each]

    def _forward(self, x: Tensor, own: bool) -> list[Tensor]:
        outputs = [(x.mT.flatten(0, 1) if own else x.t()).contiguous()]
        for at, layer in enumerate(self._layers):
            matrix = layer.beside if at == 0 and not own else layer.matrix
            h = torch.addmm(layer.bias, matrix, outputs[-1])
            outputs.append(h.relu_() if at + 1 < len(self._layers) else h)
        return outputs

    def logits(self, x: Tensor, own: bool = False) -> Tensor:
        return self._forward(x, own)[-1].view(len(self), -1, x.shape[-2]).mT

    def backward(
        self, x: Tensor, targets: Sequence[Tensor], loss: Loss | Sequence[Loss], own: bool = False
    ) -> Tensor:
        outputs = self._forward(x, own)
        logits = outputs[-1].view(len(self), -1, x.shape[-2]).mT
        losses, g = losses_and_gradient(loss, logits, targets, own)
        g = g.mT.flatten(0, 1)
        for at in reversed(range(len(self._layers))):
            layer, h = self._layers[at], outputs[at]
            matrix = layer.beside if at == 0 and not own else layer.matrix
            layer.grads[0].copy_(prune_sparse.sampled(matrix, g, h.t()))
            torch.sum(g, 1, out=layer.grads[1])
            if at:
                torch.index_select(matrix.values(), 0, layer.order, out=layer.transposed.values())
                g = (layer.transposed @ g).mul_(h.sign_())
        return losses

    def unstack(self) -> list[nn.Module]:
        with torch.no_grad():
            for at, layer in enumerate(self._layers):
                values = layer.matrix.values().split([int(on.sum()) for on in layer.keep])
                biases = layer.bias[:, 0].split([len(on) for on in layer.keep])
                parts = zip(self.models, layer.keep, values, biases, strict=True)
                for model, on, weight, bias in parts:
                    model[2 * at].weight[on] = weight
                    model[2 * at].bias.copy_(bias)
        return self.models


def pays(models: Sequence[nn.Module], masks: Sequence[Masks] | None) -> bool:
    """Whether these models train faster as `Sparse`: few weights kept, on a CPU that can."""
    depths = {len(linears(model)) for model in models}
    if masks is None or len(depths) != 1 or depths == {0}:
        return False
    return (
        next(models[0].parameters()).device.type == "cpu"
        and all(mask.density < SPARSE_BELOW for mask in masks)
        and all(mask.keys() == weights(m).keys() for m, mask in zip(models, masks, strict=True))
        and all(on.any() for mask in masks for on in mask.values())
        and prune_sparse.available()
    )


def _csr(rows: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    starts = torch.zeros(shape[0] + 1, dtype=torch.long)
    starts[1:] = rows.bincount(minlength=shape[0]).cumsum(0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse")  # in beta; its invariants hold by construction
        return torch.sparse_csr_tensor(starts, columns, values, shape)
