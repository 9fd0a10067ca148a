"""The estimate where no sensor can be read: this process's CPU seconds × watts a busy core."""

from __future__ import annotations

import math
import time

from greenlab.energy.reading import Interval
from greenlab.energy.sensor import Part

# Assumed draw of one busy core of a laptop or desktop, low to high, in watts: package power
# under full load divided by cores (15 W over 4 cores to 125 W over 8). No sensor is read.
WATTS_PER_CORE = (3.0, 16.0)


class CpuSeconds:
    """CPU seconds of this process (its threads, not its children) × a range of watts.

    A process that sleeps costs nothing here, and the neighbors' load is never in it.
    Raises ValueError unless 0 < low <= high.
    """

    update = 0.0
    period = None

    def __init__(self, watts_per_core: tuple[float, float] = WATTS_PER_CORE) -> None:
        low, high = watts_per_core
        if not 0 < low <= high < math.inf:
            raise ValueError(f"watts a core need 0 < low <= high, got {watts_per_core}")
        self.watts = Interval(low, math.sqrt(low * high), high)

    def open(self) -> _Track:
        """Begin a window."""
        return _Track(self.watts)


class _Track:
    def __init__(self, watts: Interval) -> None:
        self.watts, self.began = watts, time.process_time()

    def poll(self) -> None:
        """Nothing to do in between: the system counts."""

    def close(self) -> list[Part]:
        """One part, "cpu"."""
        seconds = time.process_time() - self.began
        note = (
            "estimated, not measured: CPU seconds of this process × "
            f"{self.watts.low:g} to {self.watts.high:g} W a busy core"
        )
        return [Part("cpu", self.watts.scaled(seconds), "estimated", "process", (note,))]
