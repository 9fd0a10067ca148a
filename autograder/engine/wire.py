"""What crosses between box and judge: plain values by value, all else by handle; nothing is code.

A message is a table of nodes (JSON) and raw buffers. Each object is one node, so what was one
object on one side is one object on the other. Decoding builds only the kinds listed here: it
never imports a name that the other side chose, except `torch.nn` and `greenlab` modules, which
are made without calling them. Sizes are bounded before anything is built.
"""

from __future__ import annotations

import importlib
import json
import struct
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

MAX_NODES = 200_000
MAX_BYTES = 256 * 2**20
MAX_DEPTH = 200
MODULES = ("torch.nn.modules.", "greenlab.")  # whose classes may be rebuilt by name
NUMPY_KINDS = "biufcSU"  # arrays of plain numbers and text; never objects
DTYPES = {str(d).split(".")[1]: d for d in vars(torch).values() if isinstance(d, torch.dtype)}
BASES = (
    *(bool, int, float, complex, str, bytes, bytearray, OrderedDict, dict, list, tuple, set),
    *(frozenset, torch.Size, nn.Parameter, torch.Tensor, np.ndarray),
)
HOOKS = OrderedDict  # what nn.Module keeps its hooks in; they stay behind


class WireError(Exception):
    """A message that is malformed, too large, or holds what may not cross."""


class Encoder:
    """Turns one call's objects into nodes; `handle(obj)` names what can't go by value."""

    def __init__(
        self,
        handle: Callable[[Any], list],
        known: dict[int, int] | None = None,
        graph: Callable[[torch.Tensor], list | None] | None = None,
    ) -> None:
        self.nodes: list[Any] = []
        self.buffers: list[bytes] = []
        self.memo: dict[int, int] = {}
        self.kept: list[Any] = []  # keeps ids valid while encoding
        self.size = 0
        self._handle = handle
        self._known = known or {}  # id of an object that the other side sent: its number there
        self._graph = graph or (lambda tensor: None)

    def add(self, value: Any, depth: int = 0) -> int:
        """The number of `value`'s node, made now unless it was met before. Raises WireError."""
        key = id(value)
        if key in self.memo:
            return self.memo[key]
        if depth > MAX_DEPTH or len(self.nodes) >= MAX_NODES:
            raise WireError("the value is nested too deeply or has too many parts")
        number = len(self.nodes)
        self.nodes.append(None)
        self.memo[key] = number
        self.kept.append(value)
        if key in self._known:
            self.nodes[number] = ["yours", self._known[key]]
        else:
            self.nodes[number] = self.node(value, depth + 1)
        return number

    def node(self, v: Any, depth: int) -> list:
        """The node of one value; what a subclass adds stays behind."""
        v = plain(v)
        kind = type(v)
        if v is None or kind is bool:
            return ["plain", v]
        if kind is int:
            return ["int", hex(v)]
        if kind is float:
            return ["float", struct.pack("<d", v).hex()]
        if kind is complex:
            return ["complex", struct.pack("<dd", v.real, v.imag).hex()]
        if kind is str:
            return ["str", self.buffer(v.encode("utf-8", "surrogatepass"))]
        if kind in (bytes, bytearray):
            return [kind.__name__, self.buffer(bytes(v))]
        if kind in (list, tuple, set, frozenset):
            return [kind.__name__, [self.add(item, depth) for item in v]]
        if kind in (dict, OrderedDict):
            pairs = [[self.add(k, depth), self.add(item, depth)] for k, item in v.items()]
            return [kind.__name__, pairs]
        if kind in (slice, range):
            return [kind.__name__, [self.add(x, depth) for x in (v.start, v.stop, v.step)]]
        return self.array_node(v, depth) or self.torch_node(v, depth) or self._handle(v)

    def array_node(self, v: Any, depth: int) -> list | None:
        if type(v) is np.ndarray and v.dtype.kind in NUMPY_KINDS:
            data = self.buffer(np.ascontiguousarray(v).tobytes())
            return ["ndarray", v.dtype.str, list(v.shape), data]
        if isinstance(v, np.generic) and type(v).__module__ == "numpy":
            if v.dtype.kind in NUMPY_KINDS:
                return ["scalar", v.dtype.str, self.buffer(v.tobytes())]
        elif type(v) is np.random.Generator:
            state = v.bit_generator.state
            return ["random", state["bit_generator"], self.add(state, depth)]
        elif isinstance(v, np.dtype) and v.kind in NUMPY_KINDS:
            return ["npdtype", v.str]
        return None

    def torch_node(self, v: Any, depth: int) -> list | None:
        if type(v) in (torch.Tensor, nn.Parameter):
            return self.tensor_node(v, depth)
        if type(v) is torch.dtype:
            return ["dtype", str(v).split(".")[1]]
        if type(v) is torch.device:
            return ["device", str(v)]
        if type(v) is torch.Size:
            return ["size", list(v)]
        if type(v) is torch.Generator:
            return ["generator", self.buffer(v.get_state().numpy().tobytes())]
        if isinstance(v, nn.Module) and rebuildable(type(v)):
            state = {k: x for k, x in vars(v).items() if type(x) is not HOOKS}
            return ["module", type(v).__module__, type(v).__qualname__, self.add(state, depth)]
        if isinstance(v, torch.optim.Optimizer) and type(v).__module__.startswith("torch.optim."):
            state = {"groups": v.param_groups, "state": dict(v.state), "defaults": v.defaults}
            return ["optimizer", type(v).__name__, self.add(state, depth)]
        return None

    def tensor_node(self, v: torch.Tensor, depth: int) -> list:
        bare = v.detach().cpu()
        if v.layout == torch.sparse_csr:
            parts = (bare.crow_indices(), bare.col_indices(), bare.values())
            return ["csr", list(v.shape), [self.add(part, depth) for part in parts]]
        if v.layout != torch.strided or v.is_quantized or v.is_meta:
            raise WireError("only dense and CSR tensors cross")
        data = bare.contiguous().view(-1).view(torch.uint8) if v.numel() else torch.empty(0)
        kind = "parameter" if type(v) is nn.Parameter else "tensor"
        if (graph := self._graph(v)) is not None:
            return ["grad", *graph, self.add(bare.clone(), depth)]
        dtype = str(v.dtype).split(".")[1]
        body = self.buffer(data.numpy().tobytes())
        return [kind, dtype, list(v.shape), body, v.requires_grad]

    def buffer(self, data: bytes) -> int:
        self.size += len(data)
        if self.size > MAX_BYTES:
            raise WireError(f"the value is larger than {MAX_BYTES // 2**20} MB")
        self.buffers.append(data)
        return len(self.buffers) - 1

    def message(self, root: int) -> bytes:
        """The bytes of the whole message, with `root` as what it says."""
        head = json.dumps([root, self.nodes, [len(b) for b in self.buffers]]).encode()
        return struct.pack("<I", len(head)) + head + b"".join(self.buffers)


def plain(v: Any) -> Any:
    """A value of a subclass (a namedtuple, a Counter, somebody's float) as its base holds it."""
    if type(v) in BASES or isinstance(v, np.generic):
        return v
    base = next((base for base in BASES if isinstance(v, base)), None)
    if base is None or base is nn.Parameter:
        return v
    if base is torch.Tensor:
        return v.as_subclass(torch.Tensor)
    if base is np.ndarray:
        return np.ndarray.view(v, np.ndarray)
    if base in (dict, OrderedDict):
        return base(dict.items(v))
    if base in (list, tuple, set, frozenset):
        return base(base.__iter__(v))
    return bytearray(v) if base is bytearray else base(*base.__getnewargs__(v))


def rebuildable(cls: type) -> bool:
    """Whether a module's class is the library's own, found again under its name."""
    name = cls.__module__
    if not f"{name}.".startswith(MODULES):
        return False
    return getattr(importlib.import_module(name), cls.__qualname__, None) is cls


class Decoder:
    """Builds the objects of one message; `special(node, get)` resolves handles and the like."""

    def __init__(self, message: bytes, special: Callable) -> None:
        try:
            (length,) = struct.unpack_from("<I", message)
            self.root, self.nodes, lengths = json.loads(message[4 : 4 + length])
            if len(self.nodes) > MAX_NODES:
                raise WireError("too many parts")
            self.buffers, at = [], 4 + length
            for n in lengths:
                if not 0 <= n <= len(message) - at:
                    raise WireError("a part is cut off")
                self.buffers.append(message[at : at + n])
                at += n
        except (struct.error, ValueError, TypeError, RecursionError) as error:
            raise WireError(f"malformed message: {error}") from None
        self.objects: dict[int, Any] = {}
        self.open: set[int] = set()
        self._special = special

    def value(self) -> Any:
        """The object that the message says. Raises WireError."""
        try:
            return self.get(self.root)
        except WireError:
            raise
        except Exception as error:  # whatever a forged message sets off stays a wire fault
            raise WireError(f"malformed message: {type(error).__name__}: {error}") from None

    def get(self, number: int, depth: int = 0) -> Any:
        if number in self.objects:
            return self.objects[number]
        if number in self.open or depth > MAX_DEPTH:
            raise WireError("a tuple or set that holds itself, or nested too deeply")
        self.open.add(number)
        built = self.build(number, self.nodes[number], depth + 1)
        self.open.discard(number)
        self.objects[number] = built
        return built

    def build(self, number: int, node: list, depth: int) -> Any:
        kind, *rest = node
        if kind == "plain" and (rest[0] is None or type(rest[0]) is bool):
            return rest[0]
        if kind == "int":
            return int(rest[0], 16)
        if kind == "float":
            return struct.unpack("<d", bytes.fromhex(rest[0]))[0]
        if kind == "complex":
            return complex(*struct.unpack("<dd", bytes.fromhex(rest[0])))
        if kind == "str":
            return self.buffers[rest[0]].decode("utf-8", "surrogatepass")
        if kind in ("bytes", "bytearray"):
            return {"bytes": bytes, "bytearray": bytearray}[kind](self.buffers[rest[0]])
        if kind in ("list", "set"):
            made = self.objects[number] = [] if kind == "list" else set()
            add = made.append if kind == "list" else made.add
            for i in rest[0]:
                add(self.get(i, depth))
            return made
        if kind in ("tuple", "frozenset"):
            return {"tuple": tuple, "frozenset": frozenset}[kind](
                [self.get(i, depth) for i in rest[0]]
            )
        if kind in ("dict", "OrderedDict"):
            made = self.objects[number] = {} if kind == "dict" else OrderedDict()
            for k, v in rest[0]:
                made[self.get(k, depth)] = self.get(v, depth)
            return made
        if kind in ("slice", "range"):
            return {"slice": slice, "range": range}[kind](*[self.get(i, depth) for i in rest[0]])
        if kind in ("ndarray", "scalar", "npdtype", "random"):
            return self.numpy_value(kind, rest, depth)
        if kind in ("tensor", "parameter", "csr", "dtype", "device", "size", "generator"):
            return self.torch_value(kind, rest, depth)
        if kind in ("module", "optimizer"):
            return getattr(self, kind)(number, rest, depth)
        return self._special(node, lambda i: self.get(i, depth))

    def numpy_value(self, kind: str, rest: list, depth: int) -> Any:
        if kind == "random":
            bits = {name: getattr(np.random, name) for name in ("PCG64", "MT19937", "Philox")}
            generator = bits[rest[0]]()
            generator.state = self.get(rest[1], depth)
            return np.random.Generator(generator)
        dtype = np.dtype(rest[0])
        if dtype.kind not in NUMPY_KINDS:
            raise WireError("only arrays of numbers and text cross")
        if kind == "npdtype":
            return dtype
        if kind == "scalar":
            return np.frombuffer(self.buffers[rest[1]], dtype)[0]
        return np.frombuffer(self.buffers[rest[2]], dtype).reshape(rest[1]).copy()

    def torch_value(self, kind: str, rest: list, depth: int) -> Any:
        if kind == "dtype":
            return DTYPES[rest[0]]
        if kind == "device":
            return torch.device(rest[0])
        if kind == "size":
            return torch.Size(rest[0])
        if kind == "generator":
            state = torch.frombuffer(bytearray(self.buffers[rest[0]]), dtype=torch.uint8)
            generator = torch.Generator()
            generator.set_state(state)
            return generator
        if kind == "csr":
            parts = [self.get(i, depth) for i in rest[1]]
            return torch.sparse_csr_tensor(*parts, size=rest[0], check_invariants=True)
        name, shape, body, grad = rest
        raw = bytearray(self.buffers[body])
        flat = (
            torch.frombuffer(raw, dtype=DTYPES[name]) if raw else torch.empty(0, dtype=DTYPES[name])
        )
        tensor = flat.reshape(shape)
        return nn.Parameter(tensor, grad) if kind == "parameter" else tensor.requires_grad_(grad)

    def module(self, number: int, rest: list, depth: int) -> nn.Module:
        module, name, state = rest
        if not f"{module}.".startswith(MODULES):
            raise WireError(f"no module of {module} crosses")
        cls = getattr(importlib.import_module(module), name)
        if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
            raise WireError(f"{module}.{name} is no module")
        made = self.objects[number] = cls.__new__(cls)
        nn.Module.__init__(made)
        parts = self.get(state, depth)
        for key, value in parts.items():
            if key in ("_parameters", "_buffers", "_modules"):
                made.__dict__[key].update(value)
            else:
                made.__dict__[key] = value
        return made

    def optimizer(self, number: int, rest: list, depth: int) -> torch.optim.Optimizer:
        cls = getattr(torch.optim, rest[0])
        if not issubclass(cls, torch.optim.Optimizer):
            raise WireError(f"{rest[0]} is no optimizer")
        state = self.get(rest[1], depth)
        made = cls(state["groups"], **state["defaults"])
        made.state.update(state["state"])
        return made
