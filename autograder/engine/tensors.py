"""PyTorch's kinds that cross: tensors, parameters, generators, modules, optimizers.

A module goes as the name of its class and its state. It is rebuilt without a call of its class,
and holds nothing but plain values: none of its answers can come from the other side.
"""

from __future__ import annotations

import importlib
from copy import copy
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from autograder.engine.wire import WireError

if TYPE_CHECKING:
    from autograder.engine.wire import Decoder, Encoder

MODULES = ("torch.nn.modules.", "greenlab.")  # whose classes may be rebuilt by name
DTYPES = {str(d).split(".")[1]: d for d in vars(torch).values() if isinstance(d, torch.dtype)}
HELD = {"_parameters": nn.Parameter, "_buffers": Tensor, "_modules": nn.Module}
CONTAINERS = (list, tuple, set, frozenset, dict)
SIMPLE = (type(None), bool, int, float, complex, str, bytes, slice, range, torch.dtype)
SIMPLE += (torch.device, torch.Size, torch.Generator, np.ndarray, np.generic, Tensor, nn.Parameter)


def encode(encoder: Encoder, v: Any, depth: int) -> list | None:
    """The node of a value of PyTorch's; None where it is none that crosses by value."""
    kind = type(v)  # not isinstance: a stand-in for a model says that it is one
    if issubclass(kind, Tensor):
        return tensor_node(encoder, v, depth)
    if kind is torch.dtype:
        return ["dtype", str(v).split(".")[1]]
    if kind is torch.device:
        return ["device", str(v)]
    if kind is torch.Size:
        return ["size", list(v)]
    if kind is torch.Generator:
        return ["generator", encoder.buffer(v.get_state().numpy().tobytes())]
    if kind.__module__ == "torch.return_types":  # such as max(dim=…): values, indices
        items = [encoder.add(item, depth) for item in v]
        return ["returned", kind.__name__, items]
    if issubclass(kind, nn.Module) and all(map(rebuildable, v.modules())):
        return ["module", kind.__module__, kind.__name__, encoder.add(state_of(v), depth)]
    if issubclass(kind, torch.optim.Optimizer) and is_optimizer(kind):
        state = {"groups": v.param_groups, "state": dict(v.state), "defaults": v.defaults}
        return ["optimizer", kind.__name__, encoder.add(state, depth)]
    return name_of(v)


def tensor_node(encoder: Encoder, v: Tensor, depth: int) -> list | None:
    kind = "parameter" if type(v) is nn.Parameter else "tensor"
    v = v if type(v) in (nn.Parameter, Tensor) else v.as_subclass(Tensor)
    bare = v.detach().cpu()
    if v.layout == torch.sparse_csr:
        parts = (bare.crow_indices(), bare.col_indices(), bare.values())
        return ["csr", list(v.shape), [encoder.add(part, depth) for part in parts]]
    if v.layout != torch.strided or v.is_quantized or v.is_meta:
        return None
    if (graph := encoder.graph(v)) is not None:
        return ["grad", *graph, encoder.add(bare.clone(), depth)]
    grad = v.grad if v.is_leaf and v.grad is not None and v.grad.layout == torch.strided else None
    body = encoder.buffer(bytes_of(bare))
    dtype = str(v.dtype).split(".")[1]
    return [kind, dtype, list(v.shape), body, v.requires_grad, encoder.add(grad, depth)]


def bytes_of(tensor: Tensor) -> bytes | memoryview:
    """The bytes of a dense tensor's values, in order."""
    flat = tensor.resolve_conj().resolve_neg().contiguous().view(-1)
    return flat.view(torch.uint8).numpy().data.toreadonly() if flat.numel() else b""


def name_of(v: Any) -> list | None:
    """The node of a class of modules or optimizers, or of a function of torch.nn.functional."""
    if isinstance(v, type):
        if issubclass(v, torch.optim.Optimizer) and is_optimizer(v):
            return ["named", "torch.optim", v.__name__]
        if issubclass(v, nn.Module) and found_again(v):
            return ["named", v.__module__, v.__name__]
    elif isinstance(v, FunctionType | BuiltinFunctionType):
        name = str(v.__name__)
        if getattr(functional, name, None) is v and not name.startswith("_"):
            return ["named", "torch.nn.functional", name]
    return None


def is_optimizer(kind: type) -> bool:
    return getattr(torch.optim, kind.__name__, None) is kind


def found_again(kind: type) -> bool:
    """Whether a module's class is the library's own, found again under its name."""
    name = kind.__module__
    ours = f"{name}.".startswith(MODULES)
    return ours and getattr(importlib.import_module(name), kind.__name__, None) is kind


def rebuildable(module: nn.Module) -> bool:
    """Whether a module, without those in it, is nothing but its class and plain values."""
    hooks = (x for key, x in vars(module).items() if "hook" in key and hasattr(x, "__len__"))
    values = (x for key, x in state_of(module).items() if key not in HELD)
    return found_again(type(module)) and not any(map(len, hooks)) and all(map(simple, values))


def state_of(module: nn.Module) -> dict[str, Any]:
    """What a module holds, of itself and of its class."""
    return {key: x for key, x in vars(module).items() if carried(type(module), key)}


def carried(kind: type, key: Any) -> bool:
    """Whether a key of a module's state may be set: it hides no method, property or hook."""
    if type(key) is not str or key.startswith("__") or "hook" in key:
        return False
    own = key in ("_compiled_call_impl", "_flat_weight_refs")  # of functions and weak references
    return not own and not hasattr(getattr(kind, key, None), "__get__")


def simple(v: Any, seen: tuple = ()) -> bool:
    """Whether a value holds nothing but plain values, all the way down."""
    if type(v) in CONTAINERS and len(seen) < 50 and not any(v is above for above in seen):
        parts = [*v, *v.values()] if isinstance(v, dict) else v
        return all(simple(part, (*seen, v)) for part in parts)
    inside = issubclass(type(v), nn.Module) and found_again(type(v))
    return type(v) in SIMPLE or issubclass(type(v), np.generic) or inside or name_of(v) is not None


def decode(decoder: Decoder, number: int, kind: str, rest: list, depth: int) -> Any:
    """The value of a node that `encode` made. Raises WireError."""
    if kind == "dtype":
        return DTYPES[rest[0]]
    if kind == "device":
        return torch.device(rest[0])
    if kind == "size":
        return torch.Size(rest[0])
    if kind == "generator":
        made = torch.Generator()
        made.set_state(torch.frombuffer(bytearray(decoder.buffers[rest[0]]), dtype=torch.uint8))
        return made
    if kind == "csr":
        parts = [decoder.get(i, depth) for i in rest[1]]
        return torch.sparse_csr_tensor(*parts, size=rest[0], check_invariants=True)
    if kind == "named":
        return by_name(*rest)
    if kind == "returned":
        kind = getattr(torch.return_types, rest[0])
        return kind([decoder.get(i, depth) for i in rest[1]])
    if kind == "module":
        return build_module(decoder, number, rest, depth)
    if kind == "optimizer":
        kind = by_name("torch.optim", rest[0])
        state = decoder.get(rest[1], depth)
        made = kind(state["groups"], **state["defaults"])
        made.state.update(state["state"])
        return made
    name, shape, body, needs_grad, grad = rest
    data = bytearray(decoder.buffers[body])
    if name == "bool":  # a byte of 2 would be neither True nor False
        data = bytearray(np.frombuffer(data, np.uint8) != 0)
    empty = torch.empty(0, dtype=DTYPES[name])
    made = torch.frombuffer(data, dtype=DTYPES[name]) if data else empty
    made = made.reshape(shape)
    made = nn.Parameter(made, needs_grad) if kind == "parameter" else made
    made.requires_grad_(needs_grad)
    made.grad = decoder.get(grad, depth)
    return made


def by_name(module: str, name: str) -> Any:
    """The class or function that a "named" node means. Raises WireError."""
    if module in ("torch.nn.functional", "torch.optim") or f"{module}.".startswith(MODULES):
        found = getattr(importlib.import_module(module), name, None)
        if name_of(found) == ["named", module, name]:
            return found
    raise WireError(f"no {module}.{name} crosses")


def build_module(decoder: Decoder, number: int, rest: list, depth: int) -> nn.Module:
    kind = by_name(*rest[:2])
    made = decoder.objects[number] = kind.__new__(kind)
    nn.Module.__init__(made)
    set_state(made, decoder.get(rest[2], depth))
    if isinstance(made, nn.RNNBase):
        made._init_flat_weights()
    decoder.checks.append(lambda: check(made))  # parts of it may be filled later
    return made


def set_state(module: nn.Module, parts: dict) -> None:
    """Write a module's state as it came. Raises WireError for what it can't hold."""
    for key, value in parts.items():
        if key in HELD:
            if type(value) is not dict or not all(type(name) is str for name in value):
                raise WireError(f"a module with odd {key}")
            now = dict(value)
            vars(module)[key].clear()
            vars(module)[key].update(now)
        elif carried(type(module), key):
            vars(module)[key] = value
    check(module)


def check(module: nn.Module) -> None:
    """Raise WireError where a module holds more than parameters, buffers, modules, values."""
    for key, value in vars(module).items():
        if key in HELD:
            if not all(v is None or issubclass(type(v), HELD[key]) for v in value.values()):
                raise WireError("a module that holds something of the student's own")
        elif carried(type(module), key) and not simple(value):
            raise WireError(f"a module whose {key} is no plain value")


def change(own: Any, new: Any) -> bool:
    """Make `own` hold what `new`, of the same kind, holds; False if it's no kind that changes."""
    if isinstance(own, Tensor):
        with torch.no_grad():
            if own.shape == new.shape and own.dtype == new.dtype:
                own.copy_(new)
            else:
                own.data = new.detach()
        if own.is_leaf:
            own.requires_grad_(new.requires_grad)
            own.grad = new.grad
    elif isinstance(own, nn.Module):
        set_state(own, state_of(new))
    elif isinstance(own, torch.optim.Optimizer):
        for group, now in zip(own.param_groups, map(dict, new.param_groups), strict=True):
            group.clear()
            group.update(now)
        own.state.clear()
        own.state.update(new.state)
    elif isinstance(own, torch.Generator):
        own.set_state(new.get_state())
    else:
        return False
    return True


def content(own: Any) -> Any:
    """What `own` holds now, to `change` it back to; None if it's no kind that changes.

    Of a model or an optimizer which tensors it holds: what they hold is another content.
    """
    if isinstance(own, Tensor):
        twin = own.detach().clone()
        twin = nn.Parameter(twin) if isinstance(own, nn.Parameter) else twin
        if own.is_leaf:
            twin.requires_grad_(own.requires_grad)
            twin.grad = own.grad
        return twin
    if isinstance(own, torch.Generator):
        return own.clone_state()
    if isinstance(own, nn.Module | torch.optim.Optimizer):
        twin = copy(own)
        for name, held in vars(own).items():
            if isinstance(held, dict | list | set):
                vars(twin)[name] = copy(held)
        if isinstance(own, torch.optim.Optimizer):
            twin.param_groups = [dict(group) for group in own.param_groups]
        return twin
    return None
