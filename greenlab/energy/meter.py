"""The meter: `with Meter() as m: ...`, then `m.reading`. It writes, logs and sends nothing."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from greenlab.energy import amd, apple, nvidia, rapl
from greenlab.energy.estimate import CpuSeconds
from greenlab.energy.reading import Interval, Reading
from greenlab.energy.sensor import Part, Sensor


def available() -> tuple[list[Sensor], list[str]]:
    """The sensors of this machine, and why others can't be read.

    Where the CPU has none that can be read, an estimate stands in for it.
    """
    found = [apple.find() if sys.platform == "darwin" else rapl.find(), nvidia.find(), amd.find()]
    cpu = [] if any(not sensor.apart for sensor in found[0][0]) else [CpuSeconds()]
    sensors = [sensor for sensors, _ in found for sensor in sensors]
    return sensors + cpu, [note for _, notes in found for note in notes]


def synchronize() -> None:
    """Wait for what torch has given to GPUs, where torch is in use at all."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_initialized():
        for i in range(torch.cuda.device_count()):
            if torch.cuda.memory_reserved(i):  # else it does nothing, and a wait would start it
                torch.cuda.synchronize(i)
    if torch.backends.mps.is_available():
        torch.mps.synchronize()


class Meter:
    """Measures the energy of a `with` block, of a function (as a decorator), or of calls.

    sensors: by default all of this machine. every: seconds between readings inside the window,
    by default only for the sensors that need it. A meter can be used again and inside itself;
    `reading` is the window that closed last. One thread uses one meter.
    Raises ValueError when `every` is not above 0.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        sensors: Sequence[Sensor] | None = None,
        every: float | None = None,
    ) -> None:
        if every is not None and not every > 0:
            raise ValueError(f"every must be seconds above 0, got {every}")
        self.name, self.every = name, every
        self.sensors, self._notes = available() if sensors is None else (list(sensors), [])
        self.windows: dict[str, list[Reading]] = {}
        self._open: list[_Window] = []
        self._closed: list[Reading] = []  # a window's readings go to its meter too

    @property
    def reading(self) -> Reading:
        """What the last window used. Raises RuntimeError before one has closed."""
        if not self._closed:
            raise RuntimeError("no window has closed yet: ask for m.reading after the with block")
        return self._closed[-1]

    def window(self, name: str) -> Meter:
        """A part of this meter's window, for `with`; its readings gather in `windows[name]`."""
        part = self._like(name)
        part._closed = self.windows.setdefault(name, [])
        return part

    def _like(self, name: str | None) -> Meter:
        meter = Meter(name, sensors=self.sensors, every=self.every)
        meter._notes = self._notes
        return meter

    def __enter__(self) -> Meter:
        self._open.append(_Window(self.sensors, self.every))
        return self

    def __exit__(self, *_: object) -> None:
        parts, seconds = self._open.pop().close()
        self._closed.append(assemble(parts, seconds, self.name, self._notes))

    def __call__(self, fn: Callable) -> Callable:
        """Measure each call of `fn`; the readings gather in `fn.readings`.

        Raises TypeError for coroutines and generators, whose work happens after the call.
        """
        if inspect.iscoroutinefunction(fn) or inspect.isgeneratorfunction(fn):
            raise TypeError(f"{fn.__name__} does its work after the call; use `with Meter()` there")

        @functools.wraps(fn)
        def metered(*args, **kwargs):
            with self._like(self.name or fn.__name__) as meter:
                meter._closed = metered.readings
                return fn(*args, **kwargs)

        metered.readings = []
        return metered

    @classmethod
    def repeat(
        cls,
        fn: Callable[[], object],
        min_seconds: float = 1.0,
        *,
        rounds: int = 3,
        idle_seconds: float | None = None,
        name: str | None = None,
        sensors: Sequence[Sensor] | None = None,
    ) -> Repeated:
        """The energy of one call of `fn`: warm up, then `rounds` windows of many calls.

        Each lasts `min_seconds`, or ten updates of the slowest sensor if that is longer. With
        `idle_seconds` the machine is measured at rest first, and that is subtracted.
        Raises ValueError for rounds below 1 or seconds that are not above 0.
        """
        if rounds < 1 or not min_seconds > 0 or not (idle_seconds is None or idle_seconds > 0):
            raise ValueError("repeat needs rounds >= 1, min_seconds > 0 and idle_seconds > 0")
        meter = cls(name or getattr(fn, "__name__", None), sensors=sensors)
        long = max([min_seconds, *(10 * sensor.update for sensor in meter.sensors)])
        fn()
        idle = None
        if idle_seconds is not None:
            with meter.window("idle"):
                time.sleep(idle_seconds)
            idle = meter.windows["idle"][0]
        readings, calls = [], 0
        for _ in range(rounds):
            n = 0
            with meter:
                began = time.perf_counter()
                while n == 0 or time.perf_counter() - began < long:
                    fn()
                    n += 1
            calls += n
            reading = meter.reading
            if idle is not None and reading.measured and idle.measured:
                reading = reading.above(idle)
            elif idle is not None:
                note = "no idle baseline subtracted: that takes a measurement"
                reading = replace(reading, warnings=(*reading.warnings, note))
            readings.append(reading.per(n))
        return Repeated(_typical(readings), calls, tuple(readings))


class _Window:
    def __init__(self, sensors: Sequence[Sensor], every: float | None) -> None:
        synchronize()
        self.tracks = [sensor.open() for sensor in sensors]
        self.began = time.perf_counter()
        periods = [sensor.period for sensor in sensors if sensor.period is not None]
        period = every if every is not None else min(periods, default=None)
        self.stop, self.thread = threading.Event(), None
        if period is not None:
            self.thread = threading.Thread(target=self._poll, args=(period,), daemon=True)
            self.thread.start()

    def _poll(self, period: float) -> None:
        while not self.stop.wait(period):
            for track in self.tracks:
                track.poll()

    def close(self) -> tuple[list[Part], float]:
        try:
            synchronize()
        finally:
            seconds = time.perf_counter() - self.began
            self.stop.set()
            if self.thread is not None:
                self.thread.join()
        return [part for track in self.tracks for part in track.close()], seconds


@dataclass(frozen=True)
class Repeated:
    """One call's reading, from the lowest to the highest of the rounds, and the rounds."""

    per_call: Reading
    calls: int
    rounds: tuple[Reading, ...]

    @property
    def spread(self) -> Interval | None:
        """Lowest, median and highest of the rounds' joules a call; None when unavailable."""
        values = [reading.interval for reading in self.rounds]
        if None in values:
            return None
        best = [value.best for value in values]
        return Interval(min(best), _middle(best), max(best))

    def __str__(self) -> str:
        return f"{self.per_call} a call, over {self.calls} calls in {len(self.rounds)} rounds"


def assemble(
    parts: Sequence[Part], seconds: float, name: str | None = None, notes: Sequence[str] = ()
) -> Reading:
    """One reading of all parts: measurements make the total; estimates beside them stand apart."""
    known = [part for part in parts if part.joules is not None and not part.apart]
    counted = [part for part in known if part.method != "estimated"] or known
    apart = {p.domain: p.joules for p in parts if p.joules is not None and p not in counted}
    warnings = [*notes, *(warning for part in parts for warning in part.warnings)]
    if len(counted) < len(known):
        warnings.append("the CPU's estimate stands apart: it is not added to what was measured")
    if not counted and not warnings:
        warnings.append("there is no sensor to read")
    methods = {part.method for part in counted}
    order = ("estimated", "sampled", "counter")
    return Reading(
        {part.domain: part.joules for part in counted},
        seconds,
        next((method for method in order if method in methods), "unavailable"),
        " + ".join(dict.fromkeys(part.scope for part in counted)),
        tuple(dict.fromkeys(warnings)),
        name,
        apart,
    )


def _typical(rounds: Sequence[Reading]) -> Reading:
    together = sum(rounds[1:], rounds[0])  # unavailable if one is, with what there is to say
    seconds = _middle([reading.seconds for reading in rounds])
    joules = {}
    for domain in set.intersection(*(set(reading.joules) for reading in rounds)):
        values = [reading.joules[domain] for reading in rounds]
        joules[domain] = Interval(
            min(value.low for value in values),
            _middle([value.best for value in values]),
            max(value.high for value in values),
        )
    method = together.method if joules else "unavailable"
    return replace(together, joules=joules, method=method, seconds=seconds, apart={})


def _middle(values: Sequence[float]) -> float:
    from statistics import median  # here, for it is slow to import

    return median(values)
