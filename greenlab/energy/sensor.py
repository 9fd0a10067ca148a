"""What all sensors share: a window over a running counter, or over a power that is sampled.

A sensor is opened for a window: `track = sensor.open()`, `track.poll()` in between, and
`track.close()` gives its `Part`s. Nothing here raises for a sensor that fails on the way: the part
has no joules then and says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from greenlab.energy.reading import Interval

# The power of a GPU is seen during 25 of every 100 ms on some of NVIDIA's (Yang, Adamek, Armour
# 2024, "Accurate and Convenient Energy Measurements for GPUs"); the rest could be anything.
SEEN_SHARE = 0.25


class Unreadable(Exception):
    """A sensor can't be read; the message says which, and what to do."""


@dataclass(frozen=True)
class Part:
    """One domain's joules in a window, None where they can't be told."""

    domain: str
    joules: Interval | None
    method: str
    scope: str
    warnings: tuple[str, ...] = ()
    apart: bool = False


class Track(Protocol):
    """One sensor over one window."""

    def poll(self) -> None:
        """Read in between."""

    def close(self) -> list[Part]:
        """Read for the last time; the window's parts."""


class Sensor(Protocol):
    """Something that can be opened for a window."""

    update: float  # seconds between two values of the hardware
    period: float | None  # seconds between polls that it needs, None for none

    def open(self) -> Track:
        """Begin a window."""


@dataclass(frozen=True)
class Counter:
    """A counter of energy that only grows, save where it wraps.

    read: the count; raises Unreadable. limit: watts that the hardware can't exceed; a step beyond
    it is no energy. wraps_at: counts after which it starts again from 0. error: relative.
    """

    domain: str
    read: Callable[[], int]
    joules_per_count: float
    scope: str
    update: float
    limit: float
    wraps_at: int | None = None
    error: float = 0.0
    apart: bool = False
    period: float | None = None

    def open(self) -> CounterTrack:
        """Begin a window at the present count."""
        return CounterTrack(self)


class CounterTrack:
    """How far a counter went in a window, in whole counts."""

    def __init__(self, sensor: Counter) -> None:
        self.sensor, self.gained, self.unseen_wraps = sensor, 0, 0
        self.problem: str | None = None
        self.last: int | None = None
        self.poll()
        self.began = self.at

    def poll(self) -> None:
        """Add the counts since the last poll."""
        if self.problem:
            return
        try:
            value, now = self.sensor.read(), time.perf_counter()
        except Unreadable as error:
            self.problem, self.at = str(error), time.perf_counter()
            return
        if self.last is not None:
            self._step(value - self.last, now - self.at)
        self.last, self.at = value, now

    def _step(self, counts: int, seconds: float) -> None:
        s = self.sensor
        if counts < 0 and s.wraps_at is None:
            self.problem = f"{s.domain}: the counter went back to a smaller value; it was reset"
            return
        if counts < 0:
            counts += s.wraps_at
        joules = counts * s.joules_per_count
        possible = s.limit * (seconds + 2 * s.update)  # both ends may be old by one update
        if counts < 0 or joules > possible:
            self.problem = (
                f"{s.domain}: the counter jumped by {joules:.0f} J in {seconds:.3g} s, more than "
                f"{s.limit:.0f} W can be; not counted as energy"
            )
            return
        self.gained += counts
        if s.wraps_at is not None:
            self.unseen_wraps += int((possible - joules) / (s.wraps_at * s.joules_per_count))

    def close(self) -> list[Part]:
        """The joules between the first and the last count."""
        self.poll()
        s, seconds, notes = self.sensor, self.at - self.began, ()
        if not self.problem and self.gained == 0:
            self.problem = (
                f"{s.domain}: the counter did not move in {seconds:.3g} s (it is renewed every "
                f"{s.update:g} s at best); measure longer, or it does not work here"
            )
        if self.problem:
            return [Part(s.domain, None, "unavailable", s.scope, (self.problem,), s.apart)]
        joules = self.gained * s.joules_per_count
        either_side = joules * (s.error + s.update / seconds)
        high = joules + either_side
        if seconds < 10 * s.update:
            notes += (
                f"{s.domain}: {seconds:.3g} s is short for a sensor renewed every {s.update:g} s; "
                "Meter.repeat measures long enough",
            )
        if self.unseen_wraps:
            high += self.unseen_wraps * s.wraps_at * s.joules_per_count
            notes += (
                f"{s.domain}: it may have wrapped unseen; Meter(every=30) would have seen it",
            )
        interval = Interval(max(0.0, joules - either_side), joules, high)
        return [Part(s.domain, interval, "counter", s.scope, notes, s.apart)]


@dataclass(frozen=True)
class Power:
    """A power that is sampled, where there is no counter.

    read: watts; raises Unreadable. limit: the most it can draw, in watts. error: relative.
    """

    domain: str
    read: Callable[[], float]
    scope: str
    limit: float
    update: float
    period: float
    error: float = 0.0

    def open(self) -> PowerTrack:
        """Begin a window with a first sample."""
        return PowerTrack(self)


class PowerTrack:
    """The trapezoids under the sampled power."""

    def __init__(self, sensor: Power) -> None:
        self.sensor, self.joules, self.highest = sensor, 0.0, 0.0
        self.problem: str | None = None
        self.last: float | None = None
        self.poll()
        self.began = self.at

    def poll(self) -> None:
        """Add one trapezoid."""
        if self.problem:
            return
        try:
            watts, now = self.sensor.read(), time.perf_counter()
        except Unreadable as error:
            self.problem, self.at = str(error), time.perf_counter()
            return
        if self.last is not None:
            self.joules += (self.last + watts) / 2 * (now - self.at)
        self.last, self.at, self.highest = watts, now, max(self.highest, watts)

    def close(self) -> list[Part]:
        """The joules, as wide as what the sensor does not see."""
        self.poll()
        s, seconds = self.sensor, self.at - self.began
        if not self.problem and self.joules == 0:
            self.problem = f"{s.domain}: the power read 0 W throughout; it is not measured here"
        if self.problem:
            return [Part(s.domain, None, "unavailable", s.scope, (self.problem,))]
        seen = SEEN_SHARE * self.joules
        unseen = (1 - SEEN_SHARE) * seconds * max(s.limit, self.highest)
        interval = Interval(seen * (1 - s.error), self.joules, (seen + unseen) * (1 + s.error))
        note = (
            f"{s.domain}: power sampled every {s.period:g} s; such sensors may see only "
            f"{SEEN_SHARE:.0%} of the time, so the interval is wide"
        )
        return [Part(s.domain, interval, "sampled", s.scope, (note,))]
