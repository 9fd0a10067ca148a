"""What crosses between box and judge: plain values by value, all else by handle; nothing is code.

A message is a table of nodes (JSON) and raw buffers. Each object is one node, so what was one
object on one side is one object on the other. Decoding builds only the kinds listed here and in
the modules of LIBRARIES. Sizes are bounded before anything is built.
"""

from __future__ import annotations

import json
import struct
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

MAX_NODES = 200_000
MAX_HEAD = 16 * 2**20  # bytes of the table of nodes
MAX_BYTES = 256 * 2**20  # of all buffers
MAX_DEPTH = 200
TABLE = json.JSONEncoder(separators=(",", ":"))
SEQUENCES = {t.__name__: t for t in (list, tuple, set, frozenset)}
MAPPINGS = {t.__name__: t for t in (dict, OrderedDict, Counter)}
STEPS = {t.__name__: t for t in (slice, range)}
TYPES = {t.__name__: t for t in (bool, int, float, complex, str, bytes, list, tuple, dict, set)}
FOREIGN = ("numpy", "torch", "pandas")  # whose kinds are told whole, by the modules below
PLAIN_DTYPES = "biufcSUmM"  # of NumPy: plain numbers, text and times
BASES = (
    *(bool, int, float, complex, str, bytes, bytearray, Counter, OrderedDict, dict, list, tuple),
    *(set, frozenset),
)
OWN = frozenset(map(id, (type(None), *BASES)))  # no subclasses; a student's type may not hash
# A library whose kinds cross: the module of ours that knows them, used once both are imported.
LIBRARIES = {
    "builtins": ("standard", ("namespace", "namedtuple", "standard")),
    "numpy": ("arrays", ("ndarray", "objects", "scalar", "npdtype", "random")),
    "torch": (
        "tensors",
        (
            *("tensor", "parameter", "csr", "dtype", "device", "size", "generator", "module"),
            *("optimizer", "named", "returned"),
        ),
    ),
    "pandas": ("frames", ("frame", "series", "index", "stamp", "span")),
}


OF = {kind: name for name, (_, kinds) in LIBRARIES.items() for kind in kinds}


class WireError(Exception):
    """A message that is malformed, too large, or holds what may not cross."""


# Read now, since a box sees no file of ours when a student's cell imports a library.
SPECS = {name: find_spec(f"autograder.engine.{own}") for name, (own, _) in LIBRARIES.items()}
CODE = {name: spec.loader.get_code(spec.name) for name, spec in SPECS.items()}


def library(name: str) -> ModuleType:
    """The module of ours that encodes and decodes a library's kinds."""
    spec = SPECS[name]
    if spec.name not in sys.modules:
        sys.modules[spec.name] = module = module_from_spec(spec)
        exec(CODE[name], vars(module))
    return sys.modules[spec.name]


def no_graph(tensor: Any) -> None:
    """Nothing leads from this tensor back to the other side's."""


class Anew:
    """Stands for what `value` holds now, though the other side knows the object."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Encoder:
    """Turns one call's objects into nodes; `handle(obj, add)` names what can't go by value.

    `known` are ids of objects that the other side sent, with their numbers there; `graph` gives
    what leads from a tensor back to those, if anything does. Those of `kinds` go to `handle` at
    once.
    """

    def __init__(
        self,
        handle: Callable[[Any, Callable[[Any], int]], list],
        known: dict[int, int] | None = None,
        graph: Callable[[Any], list | None] = no_graph,
        kinds: tuple[type, ...] = (),
    ) -> None:
        self.nodes: list[Any] = []
        self.buffers: list[bytes | memoryview] = []
        self.memo: dict[int, int] = {}
        self.kept: list[Any] = []  # keeps ids valid while encoding
        self.size = 0
        self.graph = graph
        self._handle, self._kinds = handle, kinds
        self._known = known or {}

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
        kind = type(v)
        if id(kind) not in OWN:
            if kind is Anew:
                self.graph = no_graph  # from here on: such values come last
                return self.node(v.value, depth)
            if any(kind is own for own in self._kinds):
                return self._handle(v, lambda part: self.add(part, depth))
            v = plain(v)
            kind = type(v)
        name = kind.__name__
        if kind is str:
            return ["str", self.buffer(v.encode("utf-8", "surrogatepass"))]
        if kind is int:
            return ["int", hex(v)]
        if v is None or kind is bool:
            return ["plain", v]
        if kind is float:
            return ["float", struct.pack("<d", v).hex()]
        if kind is complex:
            return ["complex", struct.pack("<dd", v.real, v.imag).hex()]
        if kind in (bytes, bytearray):
            return [name, self.buffer(bytes(v))]
        if SEQUENCES.get(name) is kind:
            return [name, [self.add(item, depth) for item in v]]
        if MAPPINGS.get(name) is kind:
            return [name, [[self.add(k, depth), self.add(item, depth)] for k, item in v.items()]]
        if STEPS.get(name) is kind:
            return [name, [self.add(x, depth) for x in (v.start, v.stop, v.step)]]
        if kind is type and TYPES.get(v.__name__) is v:
            return ["type", v.__name__]
        for loaded in filter(sys.modules.__contains__, LIBRARIES):
            if (node := library(loaded).encode(self, v, depth)) is not None:
                return node
        return self._handle(v, lambda part: self.add(part, depth))

    def buffer(self, data: bytes | memoryview) -> int:
        """The number of a new buffer, not copied yet. Raises WireError for too many bytes."""
        self.size += len(data)
        if self.size > MAX_BYTES:
            raise WireError(f"the value is larger than {MAX_BYTES // 2**20} MB")
        self.buffers.append(data)
        return len(self.buffers) - 1

    def message(self, root: int) -> bytes:
        """The bytes of the whole message, with `root` as what it says. Raises WireError."""
        head = TABLE.encode([root, self.nodes, [len(b) for b in self.buffers]]).encode()
        if len(head) > MAX_HEAD:
            raise WireError("the value has too many parts")
        return b"".join((struct.pack("<I", len(head)), head, *self.buffers))


def plain(v: Any) -> Any:
    """A value of a subclass (somebody's float) as its base holds it."""
    if id(type(v)) in OWN or type(v).__module__.partition(".")[0] in FOREIGN:
        return v
    base = next((base for base in BASES if issubclass(type(v), base)), None)  # not what it says
    if base is None or isinstance(getattr(v, "_fields", None), tuple):
        return v
    if base in MAPPINGS.values():
        return base(dict(dict.items(v)))
    if base in SEQUENCES.values():
        return base(base.__iter__(v))
    return bytearray(v) if base is bytearray else base(*base.__getnewargs__(v))


class Decoder:
    """Builds the objects of one message; `special(node, get)` resolves handles and the like."""

    def __init__(
        self, message: bytes, special: Callable[[list, Callable[[int], Any]], Any]
    ) -> None:
        try:
            (length,) = struct.unpack_from("<I", message)
            if length > MAX_HEAD:
                raise WireError("too many parts")
            self.root, self.nodes, lengths = json.loads(message[4 : 4 + length])
            if len(self.nodes) > MAX_NODES:
                raise WireError("too many parts")
            self.buffers, at, body = [], 4 + length, memoryview(message)
            for n in lengths:
                if not 0 <= n <= len(message) - at:
                    raise WireError("a part is cut off")
                self.buffers.append(body[at : at + n])
                at += n
        except (struct.error, ValueError, TypeError, RecursionError) as error:
            raise WireError(f"malformed message: {error}") from None
        self.objects: dict[int, Any] = {}
        self.open: set[int] = set()
        self.checks: list[Callable[[], None]] = []  # made when all is built
        self._special = special

    def value(self) -> Any:
        """The object that the message says. Raises WireError."""
        try:
            value = self.get(self.root)
            for check in self.checks:
                check()
            return value
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
        kind, *rest = self.nodes[number]
        built = self.build(number, kind, rest, depth + 1)
        self.open.discard(number)
        self.objects[number] = built
        return built

    def build(self, number: int, kind: str, rest: list, depth: int) -> Any:
        if kind == "str":
            return str(self.buffers[rest[0]], "utf-8", "surrogatepass")
        if kind == "int":
            return int(rest[0], 16)
        if kind == "plain" and (rest[0] is None or type(rest[0]) is bool):
            return rest[0]
        if kind == "float":
            return struct.unpack("<d", bytes.fromhex(rest[0]))[0]
        if kind == "complex":
            return complex(*struct.unpack("<dd", bytes.fromhex(rest[0])))
        if kind in ("bytes", "bytearray"):
            return {"bytes": bytes, "bytearray": bytearray}[kind](self.buffers[rest[0]])
        if kind in ("list", "set"):
            made = self.objects[number] = [] if kind == "list" else set()
            add = made.append if kind == "list" else made.add
            for i in rest[0]:
                add(self.get(i, depth))
            return made
        if kind in ("tuple", "frozenset"):
            return SEQUENCES[kind]([self.get(i, depth) for i in rest[0]])
        if kind in MAPPINGS:
            made = self.objects[number] = MAPPINGS[kind]()
            for k, v in rest[0]:
                made[self.get(k, depth)] = self.get(v, depth)
            return made
        if kind in STEPS:
            return STEPS[kind](*[self.get(i, depth) for i in rest[0]])
        if kind == "type":
            return TYPES[rest[0]]
        if kind in OF:
            return library(OF[kind]).decode(self, number, kind, rest, depth)
        return self._special([kind, *rest], lambda i: self.get(i, depth))
