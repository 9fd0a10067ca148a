"""Kinds of Python's own library that cross: records, exact numbers, dates, a random generator."""

from __future__ import annotations

import random
from collections import Counter, OrderedDict, deque, namedtuple
from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.engine.wire import Decoder, Encoder


def with_state(*state: Any) -> random.Random:
    """Python's generator in a state. Raises ValueError when it is none."""
    made = random.Random()
    made.setstate(state)
    return made


# A type, what tells one of it by plain values, what makes it of those.
STANDARD: dict[str, tuple[type, Callable, Callable]] = {
    "Fraction": (Fraction, lambda v: (v.numerator, v.denominator), Fraction),
    "Decimal": (Decimal, lambda v: (str(v),), Decimal),
    "datetime": (datetime, lambda v: (v.isoformat(),), datetime.fromisoformat),
    "date": (date, lambda v: (v.isoformat(),), date.fromisoformat),
    "time": (time, lambda v: (v.isoformat(),), time.fromisoformat),
    "timedelta": (timedelta, lambda v: (v.days, v.seconds, v.microseconds), timedelta),
    "deque": (deque, lambda v: (list(v), v.maxlen), deque),
    "Random": (random.Random, lambda v: v.getstate(), with_state),
}


def encode(encoder: Encoder, v: Any, depth: int) -> list | None:
    """The node of a value of the standard library's; None where it is none of these."""
    name = type(v).__name__
    if type(v) is SimpleNamespace:
        return ["namespace", encoder.add(vars(v), depth)]
    if isinstance(v, tuple) and isinstance(fields := getattr(v, "_fields", None), tuple):
        return ["namedtuple", name, list(fields), [encoder.add(item, depth) for item in v]]
    if (known := STANDARD.get(name)) and known[0] is type(v):
        return ["standard", name, encoder.add(known[1](v), depth)]
    return None


def decode(decoder: Decoder, number: int, kind: str, rest: list, depth: int) -> Any:
    """The value of a node that `encode` made."""
    if kind == "namespace":
        made = decoder.objects[number] = SimpleNamespace()
        vars(made).update(decoder.get(rest[0], depth))
        return made
    if kind == "namedtuple":
        name, fields, items = rest
        return named_tuple(name, *fields)(*[decoder.get(i, depth) for i in items])
    return STANDARD[rest[0]][2](*decoder.get(rest[1], depth))


def change(own: Any, new: Any) -> bool:
    """Make `own` hold what `new`, of the same kind, holds; False if it's no kind that changes."""
    kind = type(own)
    if kind in (list, bytearray):
        own[:] = new
    elif kind in (dict, OrderedDict, Counter, set, deque):
        own.clear()
        (own.extend if kind is deque else own.update)(new)
    elif kind is SimpleNamespace:
        change(vars(own), vars(new))
    elif kind is random.Random:
        own.setstate(new.getstate())
    else:
        return False
    return True


def content(own: Any) -> Any:
    """What `own` holds now, to `change` it back to; None if it's no kind that changes."""
    kind = type(own)
    if kind in (list, bytearray, dict, OrderedDict, Counter, set, deque):
        return copy(own)
    if kind is SimpleNamespace:
        return SimpleNamespace(**vars(own))
    if kind is random.Random:
        (twin := random.Random()).setstate(own.getstate())
        return twin
    return None


@lru_cache(100)
def named_tuple(name: str, *fields: str) -> type:
    """One class for all tuples of a name and fields; `namedtuple` refuses what is no name."""
    return namedtuple(name, fields)
