"""What do meters cost, and what do they claim? greenlab, codecarbon and Zeus in one run.

For each: seconds to import and to make (a fresh process, the median), milliseconds to start and
stop an empty window, what it printed, and the joules it claims for the same two windows of this
process: asleep, and one core busy. Others' load is on the machine too; a meter of the machine
counts it. codecarbon and Zeus are measured if they are installed, and said to be missing if not:
install them beside greenlab for this only.

Compare within one run, never between runs. Example:

    python tests/benchmarks/meters.py --seconds 5
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

from greenlab.energy import Meter, Reading
from greenlab.energy.others import CodeCarbon, Zeus

# Name, package, how to import and how to make it, in a process of its own.
RIVALS = {
    "greenlab": ("greenlab.energy", "from greenlab.energy import Meter", "Meter()"),
    "codecarbon": (
        "codecarbon",
        "from codecarbon import OfflineEmissionsTracker as T",
        "T(country_iso_code='USA', save_to_file=False, log_level='critical')",
    ),
    "Zeus": ("zeus.monitor", "from zeus.monitor import ZeusMonitor", "ZeusMonitor()"),
}
METERS: dict[str, Callable[[], Meter]] = {
    "greenlab": Meter,
    "codecarbon": lambda: Meter(sensors=[CodeCarbon()]),
    "codecarbon, process": lambda: Meter(sensors=[CodeCarbon(process=True)]),
    "Zeus": lambda: Meter(sensors=[Zeus()]),
}
TIMED = """
import time
began = time.perf_counter()
{imports}
imported = time.perf_counter()
{make}
made = time.perf_counter()
print("TIMES", imported - began, made - imported)
"""


def there(package: str) -> bool:
    """Whether the package is installed."""
    return find_spec(package.split(".")[0]) is not None


def costs_to_begin(imports: str, make: str, repeats: int) -> tuple[float, float, int]:
    """Median seconds to import and to make, and the lines it printed unasked."""
    times, lines = [], 0
    code = TIMED.format(imports=imports, make=make)
    for _ in range(repeats):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        printed = (done.stdout + done.stderr).splitlines()
        said = next((line for line in printed if line.startswith("TIMES")), None)
        if said is None:
            raise RuntimeError(f"{imports}: {done.stderr.strip().splitlines()[-1]}")
        times.append([float(word) for word in said.split()[1:]])
        lines = len(printed) - 1
    imported, made = (statistics.median(column) for column in zip(*times, strict=True))
    return imported, made, lines


def empty_window(make: Callable[[], Meter], repeats: int) -> float:
    """Median seconds to start and stop a window in which nothing happens."""
    meter, times = make(), []
    for _ in range(repeats):
        began = time.perf_counter()
        with meter:
            pass
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def busy(seconds: float) -> None:
    """One core busy for so long on the clock."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(1000))


def claimed(make: Callable[[], Meter], work: Callable[[float], None], seconds: float) -> Reading:
    """What the meter says of `work`."""
    with make() as meter:
        work(seconds)
    return meter.reading


def main(argv: list[str] | None = None) -> None:
    """Run all and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each window (5)")
    parser.add_argument("--repeats", type=int, default=5, help="of imports, empty windows (5)")
    args = parser.parse_args(argv)
    if not args.seconds > 0 or args.repeats < 1:
        parser.error("--seconds must be above 0 and --repeats 1 or more")
    print(f"Import and make, in a fresh process, median of {args.repeats}")
    for name, (package, imports, make) in RIVALS.items():
        if not there(package):
            print(f"  {name:<20} not installed")
            continue
        imported, made, lines = costs_to_begin(imports, make, args.repeats)
        print(
            f"  {name:<20} import {1000 * imported:6.0f} ms, make {1000 * made:6.1f} ms, "
            f"{lines} lines printed unasked"
        )
    meters = {name: make for name, make in METERS.items() if there(RIVALS[name.split(",")[0]][0])}
    print(f"Start and stop an empty window, median of {args.repeats}")
    for name, make in meters.items():
        print(f"  {name:<20} {1000 * empty_window(make, args.repeats):9.3f} ms")
    for what, work in (("asleep", time.sleep), ("one core busy", busy)):
        print(f"Claimed for {args.seconds:g} s of this process, {what}")
        for name, make in meters.items():
            print(f"  {name:<20} {claimed(make, work, args.seconds)}")


if __name__ == "__main__":
    main()
