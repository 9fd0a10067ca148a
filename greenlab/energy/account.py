"""A running account: what this machine's meters say since it was opened, at any time."""

from __future__ import annotations

import time
from copy import copy

from greenlab.energy.meter import assemble, available, synchronize
from greenlab.energy.reading import JOULES_PER_KWH, Interval, Reading, in_words
from greenlab.energy.sensor import Power

WHOSE = {
    "machine": "the whole machine, at rest too",
    "process": "this process alone",
    "GPU": "the GPU, at rest too",
}


class Account:
    """All meters of this machine, from now on.

    Nothing is polled in between, so there is no thread to leave behind: a counter that may have
    wrapped meanwhile widens its interval, and a power that must be sampled is left out and named.
    """

    def __init__(self) -> None:
        sensors, notes = available()
        self._notes = notes + [
            f"{sensor.domain}: its power has to be sampled; `with Meter()` around a cell does it"
            for sensor in sensors
            if isinstance(sensor, Power)
        ]
        self._tracks = [sensor.open() for sensor in sensors if not isinstance(sensor, Power)]
        self._began, self._cpu = time.perf_counter(), time.process_time()

    def reading(self) -> Reading:
        """What was used so far; the account runs on."""
        synchronize()
        # Copies are closed: a counter that has not moved yet may still do so.
        parts = [part for track in self._tracks for part in copy(track).close()]
        return assemble(parts, time.perf_counter() - self._began, notes=self._notes)

    def tell(self, gpu: bool = False) -> str:
        """The reading in words: seconds, joules, how they were had, of what; `gpu`: one is in use.

        A measurement and an estimate stand apart; an estimate is a range.
        """
        reading, cpu = self.reading(), time.process_time() - self._cpu
        lines = [
            f"Since setup: {reading.seconds:.0f} s on the clock, {cpu:.0f} CPU seconds of this "
            "notebook."
        ]
        if reading.interval is None:
            lines.append("What energy it took can't be told.")
        else:
            how = "Measured" if reading.measured else "Estimated, not measured"
            whose = " and ".join(WHOSE[scope] for scope in reading.scope.split(" + "))
            joules = in_words(reading.interval, reading.method)
            lines.append(f"{how}: {joules}, {_wh(reading.interval)}, of {whose}.")
        if len(reading.joules) > 1:
            lines += [f"  {k}: {in_words(v, reading.method)}" for k, v in reading.joules.items()]
        lines += [f"Apart, not added: {k}, {in_words(v)}." for k, v in reading.apart.items()]
        if gpu and "GPU" not in reading.scope:
            lines.append("The GPU's joules are not in it: no meter of it was read.")
        return "\n".join([*lines, *(f"Note: {warning}" for warning in reading.warnings)])


def _wh(joules: Interval) -> str:
    low, high = (1000 * value / JOULES_PER_KWH for value in (joules.low, joules.high))
    return f"{low:.2g} to {high:.2g} Wh"
