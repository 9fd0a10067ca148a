"""pandas' kinds that cross where it is installed: frames, series, indexes, points in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autograder.engine.wire import PLAIN_DTYPES, WireError

if TYPE_CHECKING:
    from autograder.engine.wire import Decoder, Encoder

MISSING = {"NaT": pd.NaT, "NA": pd.NA}
STAY = ("interval", "period", "Sparse")  # dtypes whose values don't cross


def encode(encoder: Encoder, v: Any, depth: int) -> list | None:
    """The node of a value of pandas'; None where it is none of these."""
    for name, missing in MISSING.items():
        if v is missing:
            return ["stamp", name]
    if type(v) is pd.Timestamp:
        zone = None if v.tzinfo is None else str(v.tzinfo)
        return ["stamp", v.tz_localize(None).isoformat(), zone, v.unit]
    if type(v) is pd.Timedelta:
        return ["span", int(v.as_unit("ns").value)]
    if isinstance(v, pd.DataFrame):
        arrays = [v.iloc[:, i].array for i in range(v.shape[1])]
        if not any(map(stays, arrays)):
            labels = [encoder.add(v.columns, depth), encoder.add(v.index, depth)]
            return ["frame", *labels, [values(encoder, array, depth) for array in arrays]]
    elif isinstance(v, pd.Series) and not stays(v.array):
        labels = [encoder.add(v.index, depth), encoder.add(v.name, depth)]
        return ["series", *labels, values(encoder, v.array, depth)]
    elif isinstance(v, pd.Index):
        names = encoder.add(list(v.names), depth)
        if isinstance(v, pd.MultiIndex):
            return ["index", "multi", names, encoder.add(v.tolist(), depth)]
        if isinstance(v, pd.RangeIndex):
            return ["index", "range", names, encoder.add(range(v.start, v.stop, v.step), depth)]
        if not stays(v.array):
            return ["index", getattr(v, "freqstr", None), names, values(encoder, v.array, depth)]
    elif type(v).__module__.startswith("pandas.") and isinstance(v, list):  # a FrozenList
        return encoder.node(list(v), depth)
    return None


def stays(array: Any) -> bool:
    return str(array.dtype).startswith(STAY)


def values(encoder: Encoder, array: Any, depth: int) -> list:
    """[dtype, number]: an array's values as NumPy's, as codes of categories, or one by one."""
    if isinstance(array, pd.Categorical):
        told = (array.codes, array.categories, bool(array.ordered))
        return ["category", encoder.add(told, depth)]
    if isinstance(array.dtype, np.dtype) and array.dtype.kind in PLAIN_DTYPES:
        return [None, encoder.add(np.asarray(array), depth)]
    return [str(array.dtype), encoder.add(np.asarray(array, dtype=object), depth)]


def decode(decoder: Decoder, number: int, kind: str, rest: list, depth: int) -> Any:
    """The value of a node that `encode` made. Raises WireError."""
    if kind == "span":
        return pd.Timedelta(rest[0], unit="ns")
    if kind == "stamp":
        if rest[0] in MISSING:
            return MISSING[rest[0]]
        text, zone, unit = rest
        return pd.Timestamp(text).tz_localize(zone).as_unit(unit)
    if kind == "index":
        return index(decoder, rest, depth)
    labels = [decoder.get(i, depth) for i in rest[:2]]
    if not all(isinstance(label, pd.Index) for label in labels[: 1 if kind == "series" else 2]):
        raise WireError(f"a {kind} without its labels")
    if kind == "series":
        return pd.Series(made(decoder, rest[2], depth), index=labels[0], name=labels[1])
    columns = {i: made(decoder, each, depth) for i, each in enumerate(rest[2])}
    frame = pd.DataFrame(columns, index=labels[1])
    frame.columns = labels[0]
    return frame


def index(decoder: Decoder, rest: list, depth: int) -> Any:
    how, names, told = rest
    names = decoder.get(names, depth)
    if how == "multi":
        return pd.MultiIndex.from_tuples(decoder.get(told, depth), names=names)
    if how == "range":
        return pd.RangeIndex(decoder.get(told, depth), name=names[0])
    index = pd.Index(made(decoder, told, depth), name=names[0])
    if how is not None:
        index.freq = how
    return index


def made(decoder: Decoder, told: list, depth: int) -> Any:
    """The array that `values` has told."""
    dtype, number = told
    plain = decoder.get(number, depth)
    if dtype == "category":
        codes, categories, ordered = plain
        return pd.Categorical.from_codes(codes, categories, ordered=ordered)
    if type(plain) is not np.ndarray:
        raise WireError("a column that is no array")
    return plain if dtype in (None, "object") else pd.array(plain, dtype=dtype)


def change(own: Any, new: Any) -> bool:
    """Make `own` hold what `new`, of the same kind, holds; False if it's no kind that changes."""
    if not isinstance(own, pd.DataFrame | pd.Series):
        return False
    own._update_inplace(new)
    if isinstance(own, pd.Series):
        own.name = new.name
    return True
