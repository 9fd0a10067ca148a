"""NumPy's kinds that cross: arrays, scalars, dtypes, random generators."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.engine.wire import PLAIN_DTYPES, WireError

if TYPE_CHECKING:
    from autograder.engine.wire import Decoder, Encoder

BITS = ("PCG64", "PCG64DXSM", "MT19937")


def encode(encoder: Encoder, v: Any, depth: int) -> list | None:
    """The node of a value of NumPy's; None where it is none of these."""
    if isinstance(v, np.ndarray) and not isinstance(v, np.ma.MaskedArray):
        v = np.ndarray.view(v, np.ndarray)  # what a subclass adds stays behind
        if v.dtype.kind in PLAIN_DTYPES:
            data = encoder.buffer(bytes_of(v))
            return ["ndarray", v.dtype.str, list(v.shape), data, v.flags.writeable]
        if v.dtype.kind == "O":
            return ["objects", list(v.shape), [encoder.add(item, depth) for item in v.flat]]
    elif isinstance(v, np.generic) and v.dtype.kind in PLAIN_DTYPES:
        return ["scalar", v.dtype.str, encoder.buffer(v.tobytes())]
    elif type(v) is np.random.Generator:
        return ["random", "Generator", encoder.add(v.bit_generator.state, depth)]
    elif type(v) is np.random.RandomState:
        return ["random", "RandomState", encoder.add(v.get_state(legacy=False), depth)]
    elif isinstance(v, np.dtype) and v.kind in PLAIN_DTYPES:
        return ["npdtype", v.str]
    return None


def bytes_of(array: np.ndarray) -> bytes | memoryview:
    """The bytes of an array's values, in order."""
    if not array.nbytes:
        return b""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data.toreadonly()


def decode(decoder: Decoder, number: int, kind: str, rest: list, depth: int) -> Any:
    """The value of a node that `encode` made. Raises WireError."""
    if kind == "random":
        return generator(rest[0], decoder.get(rest[1], depth))
    if kind == "objects":
        shape, items = rest
        made = decoder.objects[number] = np.empty(shape, dtype=object)
        made.flat = np.fromiter((decoder.get(i, depth) for i in items), object, len(items))
        return made
    dtype = np.dtype(rest[0])
    if dtype.kind not in PLAIN_DTYPES:
        raise WireError("only arrays of numbers, text and times cross")
    if kind == "npdtype":
        return dtype
    data = decoder.buffers[rest[1] if kind == "scalar" else rest[2]]
    flat = np.frombuffer(data, np.uint8 if dtype.kind == "b" else dtype)
    if dtype.kind == "b":
        flat = flat != 0  # a byte of 2 would be neither True nor False
    if kind == "scalar":
        return flat[0]
    made = flat.reshape(rest[1]).copy()
    made.flags.writeable = rest[3]
    return made


def generator(kind: str, state: dict) -> Any:
    """A random generator in a state. Raises WireError for one that points beyond its numbers."""
    name = state["bit_generator"]
    if name == "MT19937" and not 0 <= state["state"]["pos"] <= 624:  # NumPy would read there
        raise WireError("that is no state of a random generator")
    if kind == "RandomState":
        made = np.random.RandomState()
        made.set_state(state)
        return made
    bits = getattr(np.random, BITS[BITS.index(name)])()
    bits.state = state
    return np.random.Generator(bits)


def change(own: Any, new: Any) -> bool:
    """Make `own` hold what `new`, of the same kind, holds; False if it's no kind that changes."""
    if type(own) is np.ndarray and own.shape == new.shape and own.dtype == new.dtype:
        own[...] = new
    elif type(own) is np.random.Generator:
        own.bit_generator.state = new.bit_generator.state
    elif type(own) is np.random.RandomState:
        own.set_state(new.get_state(legacy=False))
    else:
        return False
    return True


def content(own: Any) -> Any:
    """What `own` holds now, to `change` it back to; None if it's no kind that changes."""
    if isinstance(own, np.ndarray | np.random.Generator | np.random.RandomState):
        return deepcopy(own)
    return None
