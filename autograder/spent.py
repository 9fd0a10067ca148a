"""What a run of the grader took: seconds, CPU seconds, joules, with how they are known."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from greenlab.energy import Meter, Reading
from greenlab.energy.estimate import CpuSeconds
from greenlab.energy.reading import Interval
from greenlab.energy.sensor import Part


@dataclass
class Spent:
    """The meter's reading and the CPU seconds, once the run is over."""

    reading: Reading | None = None
    cpu: float = 0.0

    def in_words(self, elsewhere: bool) -> list[str]:
        """Sentences; `elsewhere`: the submissions were run on other machines."""
        where = " on this machine, the cluster's not counted" if elsewhere else ""
        clock = f"{self.reading.seconds:,.1f} seconds by the clock"
        told = [
            f"{clock}, {self.cpu:,.1f} CPU seconds{where}.",
            f"Energy{where}: {self.reading}.",
            *(f"{warning[0].upper()}{warning[1:]}." for warning in self.reading.warnings),
        ]
        return [*told, "What was graded before and hasn't changed isn't run again."]


@contextmanager
def metered() -> Iterator[Spent]:
    """Measure what is done inside: where no sensor can be read, an estimate with children."""
    spent, meter = Spent(), Meter()
    meter.sensors = [WithChildren() if isinstance(s, CpuSeconds) else s for s in meter.sensors]
    before = cpu_seconds()
    with meter:
        yield spent
    spent.reading, spent.cpu = meter.reading, cpu_seconds() - before


def cpu_seconds() -> float:
    """CPU seconds of this process and of all that it has started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class WithChildren(CpuSeconds):
    """The estimate of the student's meter, with the CPU seconds of child processes that ended."""

    def open(self) -> "Track":
        return Track(self.watts)


class Track:
    """One window of `WithChildren`."""

    def __init__(self, watts: Interval) -> None:
        self.watts, self.began = watts, cpu_seconds()

    def poll(self) -> None:
        """Nothing to do in between: the system counts."""

    def close(self) -> list[Part]:
        """One part, "cpu"."""
        joules = self.watts.scaled(cpu_seconds() - self.began)
        note = (
            "estimated, not measured: CPU seconds of the grader and the boxes × "
            f"{self.watts.low:g} to {self.watts.high:g} W a busy core"
        )
        return [Part("cpu", joules, "estimated", "processes", (note,))]
