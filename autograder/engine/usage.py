"""What the processes of a cage use, and may use: CPU, memory and how many they are.

`Census` reads the cage's own /proc, which lists every process in it and no other, orphans too.
`PlainCensus` serves cages without isolation: it follows parent links, and misses daemons.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

INIT = "1"  # the namespace's first process, which only waits


@dataclass(frozen=True)
class Limits:
    """What one submission may use, over its whole tree of processes."""

    cpu: float = 30.0  # seconds of CPU for one request
    wall: float = 120.0  # seconds by the clock for one request
    memory: int = 2 * 2**30  # bytes
    processes: int = 64  # threads count, too
    disk: int = 256 * 2**20  # bytes in home, /tmp and /dev/shm together
    files: int = 256  # open files of a process


@dataclass(frozen=True)
class Usage:
    """What a cage's processes have used so far, and use now."""

    cpu: float = 0.0  # seconds, of those that ended, too
    memory: int = 0  # bytes
    processes: int = 0


class Watch:
    """Looks at a cage from any process of the host; `proc` is a descriptor of its /proc.

    Without one (no isolation) it follows the tree under `pid`. Cheap enough for every 50 ms.
    """

    def __init__(self, pid: int, limits: Limits, proc: int = -1) -> None:
        self.limits = limits
        self.census = PlainCensus(pid) if proc < 0 else Census(proc, limits.memory)

    def usage(self) -> Usage:
        """CPU seconds so far, memory and processes now, over everything in the cage."""
        return self.census.usage()

    def over(self, since: Usage, began: float) -> str | None:
        """Which limit a request exceeds that `began` (time.monotonic) at `since`; None if none."""
        now, limits = self.usage(), self.limits
        if now.cpu - since.cpu > limits.cpu:
            return f"more than {limits.cpu:g} seconds of CPU time"
        if time.monotonic() - began > limits.wall:
            return f"more than {limits.wall:g} seconds"
        if now.memory > limits.memory:
            return f"more than {limits.memory / 2**20:.0f} MB of memory"
        if now.processes > limits.processes:
            return f"more than {limits.processes} processes"
        return None


class Census:
    """Counts through `proc`, a descriptor of the cage's /proc; never less CPU than before."""

    def __init__(self, proc: int, memory_limit: int) -> None:
        self._proc, self._limit = proc, memory_limit
        self._cpu = 0.0
        self._memory, self._again = 0, 0.0  # exact, and when to look again
        self._seen: dict[tuple[str, str], int] = {}  # own ticks of each process ever seen

    def usage(self) -> Usage:
        """CPU seconds so far, memory and processes now."""
        rows = list(self._rows())
        self._seen |= {key: own for key, own, _, _ in rows}
        # A child's time is counted by who waits for it; by nobody where SIGCHLD is ignored. So
        # take what the living ones count, or what was seen of each, whichever is more.
        tick = os.sysconf("SC_CLK_TCK")
        counted = sum(own + waited for _, own, waited, _ in rows)
        self._cpu = max(self._cpu, counted / tick, sum(self._seen.values()) / tick)
        memory = sum(size for *_, size in rows)
        if memory > self._limit:  # pages shared by forks must count once
            memory = self._exact_memory(rows)
        return Usage(self._cpu, memory, sum(name != INIT for (name, _), *_ in rows))

    def _rows(self) -> Iterator[tuple[tuple[str, str], int, int, int]]:
        """(number and start, own ticks, ticks of waited-for children, bytes) of each process."""
        try:
            names = os.listdir(self._proc)
        except OSError:
            return
        for name in filter(str.isdigit, names):
            with contextlib.suppress(OSError, IndexError):  # it may end meanwhile
                fields = self._read(f"{name}/stat").rpartition(")")[2].split()
                own, waited = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
                parts = ("RssAnon:", "RssShmem:", "VmPTE:", "VmSwap:")
                size = 0 if name == INIT else _bytes(self._read(f"{name}/status"), parts)
                yield (name, fields[19]), own, waited, size

    def _exact_memory(self, rows: list) -> int:
        """The same, exactly. With many processes that is slow, so it may be a little old."""
        began = time.monotonic()
        if began > self._again:
            self._memory = sum(self._exact(name, size) for (name, _), _, _, size in rows)
            now = time.monotonic()
            self._again = now + 3 * (now - began)
        return self._memory

    def _exact(self, name: str, size: int) -> int:
        """The process's share of what it holds, or `size` where that can't be read."""
        try:
            parts = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")
            return 0 if name == INIT else _bytes(self._read(f"{name}/smaps_rollup"), parts)
        except OSError:
            return size

    def _read(self, name: str) -> str:
        descriptor = os.open(name, os.O_RDONLY, dir_fd=self._proc)
        try:
            return os.read(descriptor, 8192).decode(errors="replace")
        finally:
            os.close(descriptor)


class PlainCensus:
    """The same for the tree of processes under `pid`."""

    def __init__(self, pid: int) -> None:
        self._pid, self._cpu = pid, 0.0

    def usage(self) -> Usage:
        """CPU seconds so far, memory and processes now."""
        cpu, memory, tree = 0.0, 0, self.tree()
        for process in tree:
            with contextlib.suppress(Exception):  # psutil's errors: it ended
                times = process.cpu_times()
                cpu += times.user + times.system
                cpu += getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
                memory += process.memory_info().rss
        self._cpu = max(self._cpu, cpu)
        return Usage(self._cpu, memory, len(tree))

    def tree(self) -> list:
        """The process and its descendants, as psutil's objects."""
        import psutil  # Jupyter's own dependency; only cages without isolation need it

        try:
            top = psutil.Process(self._pid)
            return [top, *top.children(recursive=True)]
        except psutil.Error:
            return []


def _bytes(text: str, names: tuple[str, ...]) -> int:
    rows = (line.split() for line in text.splitlines())
    return 1024 * sum(int(row[1]) for row in rows if len(row) > 1 and row[0] in names)
