"""Seconds of a command, by the clock and of the CPU, with all that it starts."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
# Runs cells read from stdin in forks of a process that has run them once; median CPU seconds.
WARM_CELLS = """\
import json, os, statistics, sys
cells = json.load(sys.stdin)
def run():
    names = {"__name__": "__main__"}
    for cell in cells:
        exec(cell, names)
run()
seconds = []
for _ in range(7):
    if (pid := os.fork()) == 0:
        run()
        os._exit(0)
    used = os.wait4(pid, 0)[2]
    seconds.append(used.ru_utime + used.ru_stime)
print(statistics.median(seconds))"""


def timed(command: Sequence[str]) -> tuple[float, float, str]:
    """Run Python; seconds by the clock, CPU seconds (NaN where nobody counts), what it printed."""
    with control_group() as group:

        def enter() -> None:
            if group is not None:
                (group / "cgroup.procs").write_text("0")

        began = time.monotonic()
        ran = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=os.environ | ONE_THREAD, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=enter,
        )  # fmt: skip
        wall, cpu = time.monotonic() - began, math.nan
        if group is not None:
            cpu = int((group / "cpu.stat").read_text().split()[1]) / 1e6  # usage_usec
    return wall, cpu, ran.stdout


@contextmanager
def control_group() -> Iterator[Path | None]:
    """A control group, which counts what nobody waits for, too; None where none can be made.

    A pid namespace that is killed, as a box is, reaps its processes without adding up their time.
    """
    try:
        own = Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].strip()
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
        root = next(Path(mount[1]) for mount in mounts if mount[2] == "cgroup2")
        group = Path(mkdtemp(prefix="grading-", dir=root / own))
    except (OSError, StopIteration):
        yield None
        return
    try:
        yield group
    finally:
        for _ in range(50):  # what was killed may still be ending
            with suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.1)


def warm_cells(sources: Sequence[str]) -> float:
    """CPU seconds of a notebook's code cells in a process that has run them before."""
    ran = subprocess.run(
        [sys.executable, "-c", WARM_CELLS], input=json.dumps(sources), text=True, check=True,
        env=os.environ | ONE_THREAD, stdout=subprocess.PIPE,
    )  # fmt: skip
    return float(ran.stdout)
