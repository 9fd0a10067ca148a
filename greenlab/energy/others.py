"""What Zeus and codecarbon say of the same window, to compare: `Meter(sensors=[Zeus()])`.

Neither is needed by greenlab. Zeus may start a process for each CPU package, codecarbon a thread
and commands that ask for the hardware; neither states an interval.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from greenlab.energy.reading import JOULES_PER_KWH, Interval
from greenlab.energy.sensor import Part

_keys = itertools.count()


def _parts(who: str, joules: Mapping[str, float], method: str) -> list[Part]:
    parts = []
    for domain, value in joules.items():
        scope = "GPU" if domain.startswith("gpu") else "machine"
        if value > 0:
            note = f"{who} states no interval: its bounds here are its value"
            parts.append(Part(domain, Interval(value, value, value), method, scope, (note,)))
        else:
            note = f"{domain}: {who} says {value:g} J, which is no measurement"
            parts.append(Part(domain, None, "unavailable", scope, (note,)))
    if not parts:
        parts = [Part(who, None, "unavailable", "machine", (f"{who} found nothing to read",))]
    return parts


class Zeus:
    """Zeus's monitor of CPU packages, DRAM and GPUs. Raises ImportError without it."""

    update = 0.1
    period = None

    def __init__(self) -> None:
        try:
            from zeus.monitor import ZeusMonitor
        except ImportError as error:
            raise ImportError("Zeus is not installed: pip install zeus") from error
        self.monitor = ZeusMonitor()

    def open(self) -> _ZeusTrack:
        """Begin a window."""
        return _ZeusTrack(self.monitor)


class _ZeusTrack:
    def __init__(self, monitor: object) -> None:
        self.monitor, self.key = monitor, f"greenlab {next(_keys)}"
        monitor.begin_window(self.key)

    def poll(self) -> None:
        """Nothing to do in between."""

    def close(self) -> list[Part]:
        """One part for each package, DRAM and GPU."""
        said = self.monitor.end_window(self.key)
        by_kind = {"package": said.cpu_energy, "dram": said.dram_energy, "gpu": said.gpu_energy}
        joules = {
            f"{kind}-{i}": value
            for kind, some in by_kind.items()
            for i, value in (some or {}).items()
        }
        return _parts("Zeus", joules, "counter")


class CodeCarbon:
    """codecarbon's offline tracker, without files and logs. Raises ImportError without it.

    It counts as an estimate: it does not say whether a sensor or a table was behind a number, and
    its memory is always a table's.
    """

    update = 1.0
    period = None

    def __init__(self, process: bool = False) -> None:
        try:
            from codecarbon import OfflineEmissionsTracker
        except ImportError as error:
            raise ImportError("codecarbon is not installed: pip install codecarbon") from error
        self.tracker, self.mode = OfflineEmissionsTracker, "process" if process else "machine"

    def open(self) -> _CodeCarbonTrack:
        """Begin a window; this takes codecarbon a second or two."""
        tracker = self.tracker(
            country_iso_code="USA",  # it must have one; the joules don't depend on it
            tracking_mode=self.mode,
            save_to_file=False,
            log_level="critical",
            allow_multiple_runs=True,
        )
        tracker.start()
        return _CodeCarbonTrack(tracker)


class _CodeCarbonTrack:
    def __init__(self, tracker: object) -> None:
        self.tracker = tracker

    def poll(self) -> None:
        """Nothing to do in between."""

    def close(self) -> list[Part]:
        """Parts for CPU, memory and GPUs."""
        self.tracker.stop()
        said = self.tracker.final_emissions_data
        kwh = {"cpu": said.cpu_energy, "dram": said.ram_energy, "gpu": said.gpu_energy}
        joules = {domain: value * JOULES_PER_KWH for domain, value in kwh.items()}
        return _parts("codecarbon", joules, "estimated")
