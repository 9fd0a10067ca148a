"""Multiply-adds and FLOPs of a network, counted by PyTorch's `FlopCounterMode`, layer by layer.

One multiply-add (MAC) is 2 FLOPs. Counted are matrix products and convolutions (also over padded
places); not biases, activations, normalization, pooling or other elementwise work. Nothing is
computed: the network is run on the meta device, where tensors have shapes and no values. There
PyTorch takes attention, LSTM and GRU apart into products that the counter knows; on the CPU
attention and LSTM count as 0.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from numbers import Integral

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from greenlab.tally import Refuse, Tally, Uncountable, has_gradient

NO_PRODUCT = (nn.Embedding, nn.EmbeddingBag, nn.LayerNorm)  # weights that are looked up, scaled


@dataclass(frozen=True)
class Layer:
    """What one module itself costs, without the modules inside it."""

    name: str
    kind: str
    params: int
    forward_macs: int
    backward_macs: int

    @property
    def macs(self) -> int:
        """Multiply-adds, forward and (where counted) backward."""
        return self.forward_macs + self.backward_macs

    @property
    def flops(self) -> int:
        """Floating point operations: 2 for each multiply-add."""
        return 2 * self.macs


@dataclass(frozen=True)
class Cost:
    """What one call of a network costs; `backward_macs` is None unless it was asked for."""

    params: int
    forward_macs: int
    backward_macs: int | None
    layers: tuple[Layer, ...]
    warnings: tuple[str, ...] = ()

    @property
    def macs(self) -> int:
        """Multiply-adds: forward, and backward if it was counted."""
        return self.forward_macs + (self.backward_macs or 0)

    @property
    def flops(self) -> int:
        """Floating point operations (FPO): 2 for each multiply-add."""
        return 2 * self.macs

    def __str__(self) -> str:
        rows = [("layer", "kind", "parameters", "forward MACs", "backward MACs", "FLOPs")]
        rows += [
            (row.name, row.kind, row.params, row.forward_macs, row.backward_macs, row.flops)
            for row in self.layers
        ]
        rows.append(("all", "", self.params, self.forward_macs, self.backward_macs, self.flops))
        if self.backward_macs is None:
            rows = [(*row[:4], row[5]) for row in rows]
        cells = [[f"{c:,}" if isinstance(c, int) else c for c in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(c.rjust(w) if i > 1 else c.ljust(w) for i, (c, w) in
                      enumerate(zip(row, widths, strict=True))).rstrip()
            for row in cells
        ]  # fmt: skip
        note = "1 multiply-add (MAC) = 2 FLOPs; biases, activations, pooling are not counted"
        return "\n".join([*lines, note, *(f"Warning: {text}" for text in self.warnings)])


def count(
    model: nn.Module, inputs: Tensor | Sequence[int] | Sequence[Tensor], backward: bool = False
) -> Cost:
    """Multiply-adds and FLOPs of one call `model(inputs)`, layer by layer, without computing it.

    `inputs`: a tensor, a shape such as (1, 3, 224, 224), or a tuple of tensors, the arguments;
    the first number of a shape is the batch, and the cost is that of the whole batch. With
    `backward` also the gradients with respect to all parameters that require one (not to the
    inputs, as in training). Masked weights count in full: a mask saves no multiply-add here.
    The model and its mode stay as they are. Raises TypeError for what is no module or no input;
    ValueError where a true count can't be had: sparse, quantized or complex tensors, operations
    without a formula, code that needs values.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"count needs a torch.nn.Module, got {type(model).__name__}")
    model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    arguments, ghost = _arguments(model, inputs), _on_meta(model)
    tally = Tally(ghost)
    try:
        refuse = Refuse(tally.counter.flop_registry, backward)
        on_meta = torch.device("meta")  # for tensors that the model makes as it runs
        with on_meta, torch.set_grad_enabled(backward), refuse, tally.counter, tally.hooked():
            outputs = ghost(*arguments)
            forward = tally.take()
            if backward:
                roots = [t for t in tree_leaves(outputs) if has_gradient(t)]
                if not roots:
                    raise Uncountable("no output depends on a parameter that requires a gradient")
                torch.autograd.backward(roots, [torch.ones_like(t) for t in roots])
    except Uncountable as error:
        raise ValueError(f"{type(model).__name__} can't be counted: {error}") from None
    except (RuntimeError, NotImplementedError, TypeError) as error:
        raise ValueError(
            f"{type(model).__name__} can't be run on shapes alone ({str(error).splitlines()[0]}). "
            "Check the input's shape and type; a tensor that the model keeps must be a parameter "
            "or a buffer (register_buffer), and its code must not ask for values (.item(), if)"
        ) from error
    return _report(ghost, forward, tally.take() if backward else None, tally.ran)


def conv_macs(
    channels: int,
    filters: int,
    kernel: int,
    side: int,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> int:
    """Multiply-adds of a square convolution on one image, by hand: out² · filters · c/groups · k².

    The kernel (`kernel` = k a side, `channels` = c) is laid on out = ⌊(side + 2·padding − k) /
    stride⌋ + 1 places a side; the bias is not counted. With kernel and side 1 it is a fully
    connected layer. Raises ValueError for a kernel that doesn't fit, groups that don't divide.
    """
    room = side + 2 * padding - kernel
    if room < 0 or stride < 1:
        raise ValueError(f"a kernel of {kernel} doesn't fit on {side + 2 * padding}, step {stride}")
    if groups < 1 or channels % groups or filters % groups:
        raise ValueError(f"{groups} groups don't divide {channels} channels and {filters} filters")
    return (room // stride + 1) ** 2 * filters * (channels // groups) * kernel**2


def _arguments(model: nn.Module, inputs: object) -> tuple[Tensor, ...]:
    if isinstance(inputs, Tensor):
        inputs = (inputs,)
    if not isinstance(inputs, Sequence) or not inputs:
        raise TypeError(f"inputs must be a tensor, a shape or a tuple of tensors, got {inputs!r}")
    if all(isinstance(size, Integral) and size > 0 for size in inputs):
        floats = (p.dtype for p in model.parameters() if p.is_floating_point())
        dtype = next(floats, torch.get_default_dtype())
        return (torch.empty(tuple(map(int, inputs)), dtype=dtype, device="meta"),)
    if not all(isinstance(t, Tensor) for t in inputs):
        raise TypeError(f"a shape needs sizes of 1 or more, arguments tensors; got {inputs!r}")
    return tuple(_ghost(t, "an input") for t in inputs)


def _ghost(tensor: Tensor, what: str) -> Tensor:
    if tensor.layout != torch.strided:
        raise ValueError(
            f"{what} is sparse: a sparse product costs (nonzeros) × (columns) multiply-adds, "
            "which shapes alone don't tell; count it by hand, or count the dense model"
        )
    if tensor.is_quantized or tensor.is_complex():
        raise ValueError(f"{what} is {tensor.dtype}: only real dense tensors are counted")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(tensor.detach().to("meta"), tensor.requires_grad)
    return tensor.detach().to("meta")


def _on_meta(model: nn.Module) -> nn.Module:
    """A copy of `model` with shapes in place of values; takes no memory for the weights."""
    kept: dict[int, object] = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise ValueError(f"{name or 'the model'} is compiled by TorchScript: count the source")
        held = [*module._parameters.items(), *module._buffers.items(), *vars(module).items()]
        for key, value in held:
            if isinstance(value, Tensor) and id(value) not in kept:
                kept[id(value)] = _ghost(value, f"{name}.{key}".lstrip("."))
    try:
        return copy.deepcopy(model, kept)
    except Exception as error:  # a lock, an open file, a tensor in a list that has a gradient
        raise ValueError(f"{type(model).__name__} can't be copied: {error}") from error


def _report(
    model: nn.Module, forward: Counter[str], backward: Counter[str] | None, ran: Container[str]
) -> Cost:
    back = Counter() if backward is None else backward
    params: Counter[str] = Counter()
    for name, parameter in model.named_parameters():  # a shared one once
        params[name.rpartition(".")[0]] += parameter.numel()
    layers, warnings = [], []
    for name, module in model.named_modules():
        layer = Layer(name or "(itself)", type(module).__name__, params[name], forward[name],
                      back[name])  # fmt: skip
        if layer.params or layer.macs:
            layers.append(layer)
        shapes = [tuple(p.shape) for p in module.parameters(recurse=False) if p.dim() > 1]
        leaf = not any(module.children()) and not isinstance(module, NO_PRODUCT)
        if shapes and leaf and name in ran and not forward[name]:
            warnings.append(
                f"{layer.name} ({layer.kind}) has weights {shapes[0]} but no matrix product: "
                "multiplying and adding elementwise is not counted"
            )
    return Cost(
        params=sum(params.values()),
        forward_macs=forward.total(),
        backward_macs=None if backward is None else back.total(),
        layers=tuple(layers),
        warnings=tuple(warnings),
    )
