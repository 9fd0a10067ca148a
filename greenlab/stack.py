"""Many small models at once: seeds, widths, masks and losses side by side, as if one by one.

k fully connected ReLU networks become batched matrices (k, in, out), padded with zeros where
widths differ; k other modules of one kind go through `torch.func`. Rows x are (n, …) for all
models, or (k, n, …), each model's own.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F

from greenlab.masks import Masks

Loss = Callable[..., Tensor]


class Stack:
    """k models side by side: `parameters` for an optimizer; `MLPs` and `Modules` are the kinds.

    Masked weights are 0 and, after `hold`, so are their gradients: no optimizer that starts
    fresh revives them, whatever its momentum or weight decay. Raises ValueError for masks that
    are not the models'.
    """

    parameters: list[Tensor]

    def __init__(
        self, models: Sequence[nn.Module], masks: Sequence[Mapping[str, Tensor]] | None = None
    ) -> None:
        self.models = list(models)
        self.parameters = self._new()
        for j, model in enumerate(self.models):
            own = dict(model.named_parameters())
            for name, slot in self._slots(self.parameters, j):
                slot.copy_(own[name].detach())
        self._masks: list[Tensor] = []
        if masks is not None:
            self._masks = [torch.ones_like(p) for p in self.parameters]
            for j, (model, given) in enumerate(zip(self.models, masks, strict=True)):
                kept = Masks(given, of=model)
                for name, slot in self._slots(self._masks, j):
                    if name in kept:
                        slot.copy_(kept[name])
            for p, mask in zip(self.parameters, self._masks, strict=True):
                p.mul_(mask)

    def __len__(self) -> int:
        return len(self.models)

    def _new(self) -> list[Tensor]:
        raise NotImplementedError  # room for the parameters

    def _slots(self, tensors: Sequence[Tensor], j: int) -> Iterator[tuple[str, Tensor]]:
        raise NotImplementedError  # model j's by name: views into `tensors`, laid out as parameters

    def logits(self, x: Tensor, own: bool = False) -> Tensor:
        """Logits (k, n, classes), evaluation mode, no gradients; `own`: x is (k, n, …)."""

    def backward(
        self, x: Tensor, targets: Sequence[Tensor], loss: Loss | Sequence[Loss], own: bool = False
    ) -> Tensor:
        """Set the gradients to those of each model's loss, in training mode; the losses (k,).

        `own`: x and the targets are (k, n, …). `loss`: one for all models, or one for each.
        """

    def hold(self) -> None:
        """Set the gradients of masked weights to 0: call it between `backward` and a step."""
        for p, mask in zip(self.parameters, self._masks, strict=bool(self._masks)):
            p.grad.mul_(mask)

    def unstack(self) -> list[nn.Module]:
        """Write the weights back into the models, in place, and return them."""
        with torch.no_grad():
            for j, model in enumerate(self.models):
                for name, slot in self._slots(self.parameters, j):
                    model.get_parameter(name).copy_(slot)
        return self.models


class MLPs(Stack):
    """Fully connected ReLU networks of one depth, as batched matrices.

    A padded unit's weights and bias are 0, so its output and its gradients are exactly 0.
    """

    def _new(self) -> list[Tensor]:
        layers = [linears(model) for model in self.models]
        first = layers[0][0].weight
        widths = [
            max(layer.out_features for layer in column) for column in zip(*layers, strict=True)
        ]
        self._sizes = list(pairwise([layers[0][0].in_features, *widths]))
        # One row of memory: a single tensor for the optimizer, each layer in one piece for bmm.
        flat = first.new_zeros(len(self) * sum(i * o + o for i, o in self._sizes))
        flat.grad = torch.zeros_like(flat)
        self._layers, self._grads = self._views(flat), self._views(flat.grad)
        return [flat]

    def _views(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        k = len(self)
        parts = flat.split([k * n for i, o in self._sizes for n in (i * o, o)])
        return [
            (weight.view(k, i, o), bias.view(k, 1, o))
            for weight, bias, (i, o) in zip(parts[::2], parts[1::2], self._sizes, strict=True)
        ]

    def _slots(self, tensors: Sequence[Tensor], j: int) -> Iterator[tuple[str, Tensor]]:
        pairs = zip(linears(self.models[j]), self._views(tensors[0]), strict=True)
        for at, (layer, (weight, bias)) in enumerate(pairs):
            i, o = layer.in_features, layer.out_features
            yield f"{2 * at}.weight", weight[j, :i, :o].T
            yield f"{2 * at}.bias", bias[j, 0, :o]

    def _forward(self, x: Tensor, own: bool) -> list[Tensor]:
        outputs = [x if own else x.expand(len(self), *x.shape)]
        for at, (weight, bias) in enumerate(self._layers, 1):
            h = torch.baddbmm(bias, outputs[-1], weight)
            outputs.append(h.relu_() if at < len(self._layers) else h)
        return outputs

    def logits(self, x: Tensor, own: bool = False) -> Tensor:
        return self._forward(x, own)[-1]

    def backward(
        self, x: Tensor, targets: Sequence[Tensor], loss: Loss | Sequence[Loss], own: bool = False
    ) -> Tensor:
        outputs = self._forward(x, own)
        losses, g = losses_and_gradient(loss, outputs[-1], targets, own)
        # Backpropagation by hand: the gradients go where they belong, without a copy.
        for at in reversed(range(len(self._layers))):
            h, (weight_grad, bias_grad) = outputs[at], self._grads[at]
            torch.bmm(h.mT, g, out=weight_grad)
            torch.sum(g, 1, keepdim=True, out=bias_grad)
            if at:
                g = torch.bmm(g, self._layers[at][0].mT)
                g.mul_(h.sign_())  # h has done its work; several times as fast as torch.where
        return losses


class Modules(Stack):
    """Any modules of one kind and shape, by `torch.func`; one alone is called as it is."""

    def _new(self) -> list[Tensor]:
        first = self.models[0]
        if len(self) == 1:
            parameters = list(first.parameters())
        else:
            self._names = [name for name, _ in first.named_parameters()]
            buffers = [dict(model.named_buffers()) for model in self.models]
            self._buffers = {n: torch.stack([own[n] for own in buffers]) for n in buffers[0]}
            self._one = copy.deepcopy(first).to("meta")
            room = (p.new_zeros(len(self), *p.shape) for p in first.parameters())
            parameters = [p.requires_grad_() for p in room]
        return parameters

    def _slots(self, tensors: Sequence[Tensor], j: int) -> Iterator[tuple[str, Tensor]]:
        names = (name for name, _ in self.models[j].named_parameters())
        for name, tensor in zip(names, tensors, strict=True):
            yield name, tensor if len(self) == 1 else tensor[j]

    def _forward(self, x: Tensor, own: bool, training: bool) -> Tensor:
        if len(self) == 1:
            return self.models[0].train(training)(x[0] if own else x)[None]
        self._one.train(training)

        def one(state: tuple[dict, dict], x: Tensor) -> Tensor:
            return functional_call(self._one, state, (x,))

        state = dict(zip(self._names, self.parameters, strict=True)), self._buffers
        return vmap(one, (0, 0 if own else None), randomness="different")(state, x)

    def logits(self, x: Tensor, own: bool = False) -> Tensor:
        with torch.no_grad():
            return self._forward(x, own, training=False)

    def backward(
        self, x: Tensor, targets: Sequence[Tensor], loss: Loss | Sequence[Loss], own: bool = False
    ) -> Tensor:
        with torch.enable_grad():
            losses = losses_of(loss, self._forward(x, own, training=True), targets, own)
            grads = torch.autograd.grad(losses.sum(), self.parameters)
        for p, grad in zip(self.parameters, grads, strict=True):
            # vmap's gradients may lie transposed in memory, which a fused optimizer misreads.
            p.grad = grad if grad.stride() == p.stride() else torch.empty_like(p).copy_(grad)
        return losses.detach()

    def unstack(self) -> list[nn.Module]:
        if len(self) > 1:
            for j, model in enumerate(self.models):
                for name, buffer in model.named_buffers():
                    buffer.copy_(self._buffers[name][j])
        return super().unstack()


def stack(
    models: Sequence[nn.Module], masks: Sequence[Mapping[str, Tensor]] | None = None
) -> Stack:
    """The models as one `Stack`: batched matrices if all are ReLU networks of `zoo.mlp`'s form.

    `masks`: one a model, by parameter name ("0.weight"), True for kept. Raises ValueError for no
    models, models that can't lie side by side, masks that are not theirs.
    """
    if not models or (masks is not None and len(masks) != len(models)):
        raise ValueError("stack needs one model or more, and a mask for each or none")
    with torch.no_grad():
        layers = [linears(model) for model in models]
        if all(layers) and len({_ends(own) for own in layers}) == 1:
            return MLPs(models, masks)
        like = [(repr(m), {n: t.shape for n, t in m.state_dict().items()}) for m in models]
        if any(each != like[0] for each in like):
            raise ValueError("these models differ in kind or shape: train them one by one")
        return Modules(models, masks)


def linears(model: nn.Module) -> list[nn.Linear]:
    """The layers of Linear, ReLU, Linear, …, as `zoo.mlp` makes; none of any other model."""
    if type(model) is not nn.Sequential or len(model) % 2 == 0:
        return []
    kinds = [nn.Linear if i % 2 == 0 else nn.ReLU for i in range(len(model))]
    if not all(type(m) is kind for m, kind in zip(model, kinds, strict=True)):
        return []
    return list(model[::2]) if all(m.bias is not None for m in model[::2]) else []


def _ends(layers: Sequence[nn.Linear]) -> tuple:
    return len(layers), layers[0].in_features, layers[-1].out_features, layers[0].weight.dtype


def losses_and_gradient(
    loss: Loss | Sequence[Loss], logits: Tensor, targets: Sequence[Tensor], own: bool
) -> tuple[Tensor, Tensor]:
    """Each model's loss (k,), and its gradient in the logits (k, n, classes)."""
    if loss is F.cross_entropy and targets[0].dim() == 1 + own:  # (p − y) / n, without autograd
        labels = (targets[0] if own else targets[0].expand(len(logits), -1)).unsqueeze(-1)
        log_p = logits.log_softmax(-1)
        losses = log_p.gather(-1, labels).mean((1, 2)).neg_()
        g = log_p.exp_().scatter_add_(-1, labels, log_p.new_tensor(-1.0).expand(labels.shape))
        return losses, g.div_(labels.shape[1])
    with torch.enable_grad():
        losses = losses_of(loss, logits.requires_grad_(), targets, own)
        (g,) = torch.autograd.grad(losses.sum(), logits)
    return losses.detach(), g


def losses_of(
    loss: Loss | Sequence[Loss], logits: Tensor, targets: Sequence[Tensor], own: bool
) -> Tensor:
    k = len(logits)
    if loss is F.cross_entropy and targets[0].dim() == 1 + own:  # classes: all models at once
        labels = targets[0] if own else targets[0].expand(k, -1)
        each = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        return each.view(k, -1).mean(1)
    losses = loss if isinstance(loss, Sequence) else [loss] * k
    rows = [[t[j] if own else t for t in targets] for j in range(k)]
    return torch.stack([f(logits[j], *rows[j]) for j, f in enumerate(losses)])
