"""What PyTorch's `FlopCounterMode` counts: corrected, refused where it is blind, told by layer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from contextlib import contextmanager
from math import prod

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

aten = torch.ops.aten

# Names of products: refused where the counter has no formula, not counted as 0.
PRODUCTS = re.compile(
    r"mm$|lstm|gru|rnn|attention|multi_head|conv(?!ert)|^linear|mkldnn_linear|trilinear|dist"
    r"|fft|^_?linalg_(?!vector_norm|cross)|cholesky|solve|svd|inverse"
)


def _vector_flop(a_shape, *shapes, out_shape=None, **kwargs) -> int:
    return 2 * prod(a_shape)


def _addmv_flop(bias_shape, a_shape, *shapes, out_shape=None, **kwargs) -> int:
    return 2 * prod(a_shape)


def _conv_backward_flop(
    grad_shape, x_shape, w_shape, bias, stride, padding, dilation, transposed, output_padding,
    groups, output_mask, out_shape=None, **kwargs
) -> int:  # fmt: skip
    # Each of the two gradients costs what the forward pass does; PyTorch's own formula is
    # `groups` times too high for the weights'.
    return sum(output_mask[:2]) * conv_flop_count(x_shape, w_shape, grad_shape, transposed)


VECTORS = {aten.mv: _vector_flop, aten.dot: _vector_flop, aten.vdot: _vector_flop,
           aten.addmv: _addmv_flop}  # fmt: skip
FORMULAS = {**VECTORS, aten.convolution_backward: _conv_backward_flop}


class Uncountable(Exception):
    """Why a true count can't be had; becomes the ValueError's sentence."""


def has_gradient(value: object) -> bool:
    """Whether `value` is a tensor that autograd leads back to a parameter."""
    return isinstance(value, Tensor) and value.grad_fn is not None


class Refuse(TorchDispatchMode):
    """Refuses what the counter would count as 0 though it multiplies."""

    def __init__(self, formulas: Container, backward: bool) -> None:
        super().__init__()
        self.formulas, self.backward = formulas, backward

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        packet, name = func.overloadpacket, func.overloadpacket.__name__
        if self.backward and packet in VECTORS:
            raise Uncountable(
                f"aten::{name} multiplies by a vector, and its gradient is no product that the "
                "counter sees; make the vector a matrix of one column"
            )
        if packet not in self.formulas:
            if func.namespace not in ("aten", "prim", "prims"):
                raise Uncountable(f"the counter has no formula for {func.namespace}::{name}")
            if PRODUCTS.search(name):
                raise Uncountable(f"the counter has no formula for the product aten::{name}")
        if any(isinstance(t, Tensor) and t.is_complex() for t in tree_leaves((args, kwargs))):
            raise Uncountable(f"{name} is given complex numbers, whose products cost more")
        return func(*args, **(kwargs or {}))


class Tally:
    """Charges what the counter has counted since the last time to the module that ran."""

    def __init__(self, model: nn.Module) -> None:
        self.counter = FlopCounterMode(display=False, custom_mapping=FORMULAS)
        self.names = {module: name for name, module in model.named_modules()}
        self.ran: set[str] = set()
        self._macs: Counter[str] = Counter()
        self._stack: list[tuple[str, set[Node]]] = []
        self._owned: set[Node] = set()
        self._now, self._seen = "", 0

    def charge(self, then: str = "") -> None:
        """Charge up to now to the current module; from now on to `then`."""
        total = self.counter.get_total_flops()
        self._macs[self._now] += (total - self._seen) // 2
        self._now, self._seen = then, total

    def take(self) -> Counter[str]:
        """Multiply-adds by module since the last taking."""
        self.charge()
        taken, self._macs = self._macs, Counter()
        return taken

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Follow calls of the model's modules; backward, the steps that each call recorded."""
        handles = []
        for module in self.names:
            handles.append(module.register_forward_pre_hook(self._enter, with_kwargs=True))
            handles.append(module.register_forward_hook(self._leave))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module: nn.Module, args: tuple, kwargs: dict) -> None:
        name = self.names[module]
        self.charge(then=name)
        self.ran.add(name)
        before = {t.grad_fn for t in tree_leaves((args, kwargs)) if has_gradient(t)}
        self._stack.append((name, before))

    def _leave(self, module: nn.Module, args: tuple, output: object) -> None:
        name, before = self._stack.pop()
        self.charge(then=self._stack[-1][0] if self._stack else "")
        # All autograd nodes between the call's inputs and outputs are its own, but for those
        # that a module inside has claimed already.
        todo = [t.grad_fn for t in tree_leaves(output) if has_gradient(t)]
        seen = set(before)
        while todo:
            node = todo.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            todo += [parent for parent, _ in node.next_functions]
            if node not in self._owned:
                self._owned.add(node)
                node.register_prehook(lambda grads: self.charge(then=name))
