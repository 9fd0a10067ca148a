"""What a meter found: joules by domain with an interval, how they were had, and of what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

METHODS = ("counter", "sampled", "estimated", "unavailable")  # from the surest on
JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between its bounds: low <= best <= high. Bounds add up, they don't average out.

    Raises ValueError for bounds out of order or not a number.
    """

    low: float
    best: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.best <= self.high:  # false for NaN too
            raise ValueError(f"an interval needs low <= best <= high, got {self}")

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.best + other.best, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.best - other.best, self.high - other.low)

    def scaled(self, factor: float) -> Interval:
        """The interval times a factor of 0 or more, which is taken as exact."""
        return Interval(self.low * factor, self.best * factor, self.high * factor)

    def over(self, other: Interval) -> Interval:
        """The ratio, with the bounds of both carried through; unbounded when `other` may be 0.

        Raises ValueError when `other` is not above 0.
        """
        if other.best <= 0:
            raise ValueError(f"a ratio to {other.best:g} says nothing: the divisor must be above 0")
        if other.low <= 0:
            low = -math.inf if self.low < 0 else self.low / other.high
            return Interval(low, self.best / other.best, math.inf)
        return Interval(
            min(self.low / other.low, self.low / other.high),
            self.best / other.best,
            max(self.high / other.low, self.high / other.high),
        )


@dataclass(frozen=True)
class Reading:
    """The joules of one window. What could not be read is not there: it is never 0.

    joules: by domain (package-0, dram-0, gpu-0, cpu), all measured or all estimated; their sum is
    `interval`, None when unavailable. apart: what must not be added to it, such as psys, which
    contains the packages, or an estimate beside a measurement. method: "counter", "sampled",
    "estimated" or "unavailable"; of several the least sure. scope: whose joules they are,
    "machine", "process", "GPU" or several with " + ".
    Raises ValueError for an unknown method, negative seconds, joules without a method.
    """

    joules: Mapping[str, Interval] = field(hash=False)
    seconds: float
    method: str
    scope: str
    warnings: tuple[str, ...] = ()
    name: str | None = None
    apart: Mapping[str, Interval] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method {self.method!r} is unknown; choose one of {list(METHODS)}")
        if bool(self.joules) == (self.method == "unavailable"):
            raise ValueError("a reading has joules, or its method is 'unavailable'")
        if not 0 <= self.seconds < math.inf:
            raise ValueError(f"seconds must be 0 or more, got {self.seconds}")
        for part in ("joules", "apart"):
            object.__setattr__(self, part, MappingProxyType(dict(getattr(self, part))))

    def __reduce__(self) -> tuple:  # the read-only mappings don't pickle
        values = (self.seconds, self.method, self.scope, self.warnings, self.name)
        return Reading, (dict(self.joules), *values, dict(self.apart))

    @property
    def measured(self) -> bool:
        """Whether a sensor was read (not: estimated, not: unavailable)."""
        return self.method in ("counter", "sampled")

    @property
    def interval(self) -> Interval | None:
        """All domains' joules together; None when unavailable."""
        return total(self.joules.values())

    @property
    def kwh(self) -> Interval | None:
        """The same in kWh; None when unavailable."""
        return None if self.interval is None else self.interval.scaled(1 / JOULES_PER_KWH)

    @property
    def watts(self) -> Interval | None:
        """Mean power over the window; None when unavailable or without duration."""
        known = self.interval is not None and self.seconds > 0
        return self.interval.scaled(1 / self.seconds) if known else None

    def plus(self, other: Reading, mixed: bool = False) -> Reading:
        """Both together; unavailable when one is. `a + b` is `a.plus(b)`.

        `mixed=True` adds an estimate and a measurement; the sum counts as estimated.
        Raises ValueError when one is measured, the other estimated, and `mixed` was not said.
        """
        seconds, warnings = self.seconds + other.seconds, (*self.warnings, *other.warnings)
        name = self.name if self.name == other.name else None
        method = max(self.method, other.method, key=METHODS.index)
        if method == "unavailable":
            return Reading({}, seconds, method, "", _once(warnings), name)
        self._same_kind(other, mixed, "added: a.plus(b, mixed=True) adds them all the same")
        if self.measured != other.measured:
            warnings += ("an estimate and a measurement are added here",)
        elif alone := sorted(set(self.joules) ^ set(other.joules)):
            warnings += (f"{', '.join(alone)}: in only one of the readings added here",)
        scope = " + ".join(_once(f"{self.scope} + {other.scope}".split(" + ")))
        joules, apart = _merged(self.joules, other.joules), _merged(self.apart, other.apart)
        return Reading(joules, seconds, method, scope, _once(warnings), name, apart)

    def __add__(self, other: Reading) -> Reading:
        return self.plus(other) if isinstance(other, Reading) else NotImplemented

    def __radd__(self, other: object) -> Reading:  # sum() starts from 0
        return self if other == 0 else NotImplemented

    def above(self, idle: Reading) -> Reading:
        """What was used on top of `idle`, a reading of the idle machine of any length.

        Raises ValueError when one of the two is not a measurement, has no duration, or `idle`
        lacks a domain.
        """
        if not (self.measured and idle.measured and idle.seconds > 0):
            raise ValueError(
                "an idle baseline is subtracted from a measurement, by a measurement; these are "
                f"{self.method} and {idle.method}"
            )
        if missing := sorted(set(self.joules) - set(idle.joules)):
            raise ValueError(f"the idle reading lacks {', '.join(missing)}")
        share = self.seconds / idle.seconds
        joules = {key: self.joules[key] - idle.joules[key].scaled(share) for key in self.joules}
        warnings = (*self.warnings, *idle.warnings)
        if total(joules.values()).low <= 0:
            warnings += ("not told apart from the idle machine: the interval reaches 0",)
        method = max(self.method, idle.method, key=METHODS.index)
        return replace(self, joules=joules, method=method, warnings=_once(warnings), apart={})

    def ratio(self, other: Reading, mixed: bool = False) -> Interval:
        """How many times the joules of `other` these are, the bounds of both carried through.

        The bounds are the widest possible: an error that both share is not taken out.
        Raises ValueError when one is unavailable, when one is measured and the other estimated
        and `mixed` was not said, or when `other` is not above 0.
        """
        if self.interval is None or other.interval is None:
            raise ValueError("a ratio needs two readings; unavailable is not 0")
        self._same_kind(other, mixed, "compared: a.ratio(b, mixed=True) does it all the same")
        return self.interval.over(other.interval)

    def per(self, calls: int) -> Reading:
        """One call's share of the joules and seconds. Raises ValueError below 1 call."""
        if calls < 1:
            raise ValueError(f"calls must be 1 or more, got {calls}")
        joules, apart = (
            {key: value.scaled(1 / calls) for key, value in part.items()}
            for part in (self.joules, self.apart)
        )
        return replace(self, joules=joules, seconds=self.seconds / calls, apart=apart)

    def _same_kind(self, other: Reading, mixed: bool, how: str) -> None:
        if not mixed and self.measured != other.measured:
            raise ValueError(f"an estimate and a measurement are not {how}")

    def __str__(self) -> str:
        title = f"{self.name}: " if self.name else ""
        if self.interval is None:
            text = f"{title}energy unavailable over {_seconds(self.seconds)}"
        else:
            text = f"{title}{in_words(self.interval, self.method)} in {_seconds(self.seconds)}"
            text += f" ({self.method}, {self.scope})"
        return text

    def __repr__(self) -> str:
        lines = [f"<Reading {self}"]
        if len(self.joules) > 1:
            lines += [f"  {k}: {in_words(v, self.method)}" for k, v in self.joules.items()]
        lines += [f"  apart, {k}: {in_words(v)}" for k, v in self.apart.items()]
        return "\n".join([*lines, *(f"  note: {warning}" for warning in self.warnings)]) + ">"

    def _repr_html_(self) -> str:
        from html import escape  # here, for it is slow to import

        rows = [(key, in_words(value, self.method)) for key, value in self.joules.items()]
        rows += [(f"{key} (apart)", in_words(value)) for key, value in self.apart.items()]
        cells = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
        notes = "".join(f"<li>{escape(warning)}</li>" for warning in self.warnings)
        return f"<p><b>{escape(str(self))}</b></p><table>{cells}</table><ul>{notes}</ul>"


def total(intervals: Iterable[Interval]) -> Interval | None:
    """The sum, or None when there is nothing to sum."""
    values = list(intervals)
    return sum(values[1:], values[0]) if values else None


def in_words(interval: Interval, method: str = "estimated") -> str:
    """Joules for people: an estimate as a range alone, a measurement with its range."""
    size = max(abs(interval.best), 1e-12)
    unit, factor = next((u, f) for u, f in _UNITS if size >= f or f == _UNITS[-1][1])
    low, best, high = (_short(v / factor) for v in (interval.low, interval.best, interval.high))
    span = f"{low} to {high}"
    return f"{span} {unit}" if method == "estimated" else f"{best} {unit} ({span})"


_UNITS = (("MJ", 1e6), ("kJ", 1e3), ("J", 1.0), ("mJ", 1e-3), ("µJ", 1e-6))


def _seconds(seconds: float) -> str:
    return f"{_short(seconds)} s" if seconds >= 0.1 else f"{1000 * seconds:.3g} ms"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(texts) if text)


def _merged(a: Mapping[str, Interval], b: Mapping[str, Interval]) -> dict[str, Interval]:
    return {key: total(part[key] for part in (a, b) if key in part) for key in {**a, **b}}
