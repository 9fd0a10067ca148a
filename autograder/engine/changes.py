"""What a call changed in place: noticed in the box, written into the judge's own objects."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any
from zlib import crc32

from autograder.engine.wire import LIBRARIES, Anew, Encoder, WireError, library

FIXED = (type(None), bool, int, float, complex, str, bytes, tuple, frozenset, slice, range, type)


def marks(objects: dict[int, Any], numbers: Iterable[int]) -> dict[int, int]:
    """For each of these of a call's objects that can change, what differs once it has."""
    known = {id(value): number for number, value in objects.items()}
    return {n: mark(objects[n], known) for n in numbers if type(objects[n]) not in FIXED}


def mark(value: Any, known: dict[int, int]) -> int:
    encoder = Encoder(lambda v, add: ["one", id(v)], known)
    encoder.add(Anew(value))
    return hash((repr(encoder.nodes), *map(crc32, encoder.buffers)))


def change(own: Any, new: Any) -> None:
    """Make `own` hold what `new` holds, of the same kind. Raises WireError for another kind."""
    kind = type(own)
    if dataclasses.is_dataclass(own) and type(new) is SimpleNamespace:  # as which it went
        for name, value in vars(new).items():
            object.__setattr__(own, name, value)
        return
    if kind is not type(new):
        raise WireError(f"a {kind.__name__} can't be changed into a {type(new).__name__}")
    if not any(library(n).change(own, new) for n in LIBRARIES if n in sys.modules):
        raise WireError(f"a {kind.__name__} can't be changed")


def content(own: Any) -> Any:
    """What `own` holds now, to `change` it back to; None if it can't be changed."""
    if dataclasses.is_dataclass(own):
        return SimpleNamespace(**{f.name: getattr(own, f.name) for f in dataclasses.fields(own)})
    contents = (library(n).content(own) for n in LIBRARIES if n in sys.modules)
    return next((kept for kept in contents if kept is not None), None)
