"""The coordinator's side: a warm parent that grades submissions, several at once."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder import ROOT
from autograder.engine.cage import NoIsolation, require_fork
from autograder.engine.judge import Cell, Verdict
from autograder.engine.link import Gone, OverLimit, receive, send
from autograder.engine.outputs import error_output, in_words
from autograder.engine.usage import Limits

if os.name == "posix":  # elsewhere it can only refuse
    from autograder.engine import child

READY, REFUSED = b"R", b"E"  # the parent's first word; the second is followed by the reason
BEGIN = struct.Struct("d")  # what asks for a judge: the seconds that it has in all
MAX_LOST = 3  # cells of one submission that may wear out a judge before the rest is given up
ENDED = OverLimit(
    "the grader's own process ended over this cell (too long in one step, too much memory, a crash)"
)
# Forks touch fresh memory all the time: have it in huge pages, and keep what is freed.
HEAP = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=8388608:"
    "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=67108864"
}
SOLVED = ""  # the name of the run that nothing was changed in

Change = tuple[str, str, str | None]  # a cell's id, its new source, the last cell to run


class NurseryError(RuntimeError):
    """The warm parent did not start or has died, or the engine failed; the message says which."""


@dataclass
class Heard:
    """What a judge has said: verdicts by branch and cell, and how to tell that one is missing."""

    verdicts: dict[str, dict[str, dict]] = field(default_factory=dict)
    end: OverLimit = ENDED

    def on(self, cells: Sequence[Cell], branch: str = SOLVED) -> list[dict]:
        """A verdict for each cell; where there is none, no points and why."""
        there = self.verdicts.get(branch, {})
        return [there.get(cell.id) or without_points(cell, self.end) for cell in cells]


class Nursery:
    """A warm parent in a process of its own, with an environment that is not the instructor's.

    `modules` are what it has loaded: what the assignment's own solution imports. All methods may
    be called from several threads at once. Raises NoIsolation on Windows.
    """

    def __init__(self, isolate: bool = True, modules: Sequence[str] = ()) -> None:
        require_fork()
        self.control, theirs = socket.socketpair()
        self.lock = threading.Lock()
        self.answer = b""  # the parent's first words
        self.closed = False
        place = {"HOME": "/nonexistent", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command(theirs.fileno(), isolate, modules),
            pass_fds=[theirs.fileno()],
            env=child.ENVIRONMENT | HEAP | place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the coordinator
        )
        theirs.close()

    def wait_ready(self) -> None:
        """Wait until submissions can be graded. Raises NoIsolation, NurseryError."""
        with self.lock:
            while self.answer[:1] != READY and not self.closed:
                try:
                    part = self.control.recv(4096)
                except OSError:
                    part = b""
                if not part:
                    break
                self.answer += part
        if self.answer[:1] == REFUSED:
            raise NoIsolation(self.answer[1:].decode())
        if self.answer != READY:
            raise NurseryError("the grader's warm parent did not start; its last words say why")

    def grade(
        self, cells: Sequence[Cell], files: Path | None = None, place: Path | None = None,
        **limits: float,
    ) -> list[dict]:  # fmt: skip
        """The verdicts on one submission's cells (`judge.Verdict`), as mappings.

        `files` is the submission's folder, copied into its box; the judge runs in `place`; the
        limits are those of `usage.Limits`. A cell that ends the judge itself gives no points, and
        the rest is graded without it. Raises NoIsolation, NurseryError.
        """
        lost: dict[str, dict] = {}
        while True:
            kept = [cell for cell in cells if cell.id not in lost]
            heard = self.hear(kept, {}, files, place, Limits(**limits))
            there = heard.verdicts.setdefault(SOLVED, {})
            missing = [cell for cell in kept if cell.id not in there]
            there |= lost
            if not missing or len(lost) == MAX_LOST:
                return heard.on(cells)
            lost[missing[0].id] = without_points(missing[0], heard.end)

    def branches(
        self, cells: Sequence[Cell], changes: Mapping[str, Change], files: Path | None = None,
        place: Path | None = None, jobs: int = 2, **limits: float,
    ) -> dict[str, list[dict]]:  # fmt: skip
        """The verdicts that each change brings, on its cell and those that follow.

        The run of `cells`, whose own verdicts come as SOLVED, is forked just before a cell that
        changes; `jobs` such runs share the changes. Files that a branch leaves behind are not
        seen by others. Raises ValueError for a change of cells that aren't there in this order;
        NoIsolation, NurseryError.
        """
        at, runs = {cell.id: n for n, cell in enumerate(cells)}, {SOLVED: cells}
        for name, (changed, _, last) in changes.items():
            if name in runs or changed not in at or at.get(last or changed, -1) < at[changed]:
                raise ValueError(f"change {name!r}: no cell {changed!r}, or no {last!r} after it")
            runs[name] = cells[at[changed] : None if last is None else at[last] + 1]
        names = sorted(changes, key=lambda name: at[changes[name][0]])
        shares = [{name: changes[name] for name in names[n::jobs]} for n in range(jobs)]
        with ThreadPoolExecutor(jobs) as threads:
            heard = threads.map(
                lambda share: self.hear(cells, share, files, place, Limits(**limits)),
                [share for share in shares if share] or [{}],
            )
            found: dict[str, list[dict]] = {}
            for one, share in zip(heard, shares, strict=False):
                for name in (SOLVED, *share):
                    found.setdefault(name, one.on(runs[name], name))
        return found

    def hear(
        self, cells: Sequence[Cell], changes: Mapping[str, Change], files: Path | None,
        place: Path | None, limits: Limits,
    ) -> Heard:  # fmt: skip
        """Give one job to a fresh judge and take down what it says."""
        self.wait_ready()
        job = {"cells": [asdict(c) for c in cells], "changes": changes, "limits": asdict(limits)}
        job |= {"files": files and str(files.absolute()), "place": place and str(place.absolute())}
        seconds = limits.wall * (len(cells) + 1) * (len(changes) + 1)
        late, heard = time.monotonic() + seconds, Heard()
        ours, theirs = socket.socketpair()
        try:
            with self.lock:
                socket.send_fds(self.control, [BEGIN.pack(seconds)], [theirs.fileno()])
            theirs.close()
            send(ours, json.dumps(job).encode())
            while "done" not in (message := json.loads(receive(ours))):
                if "error" in message:
                    raise NurseryError(message["error"])
                verdict = message["verdict"]
                heard.verdicts.setdefault(message["branch"], {})[verdict["id"]] = verdict
        except (Gone, OSError):
            if self.dead():
                raise NurseryError("the grader's warm parent has died") from None
            if time.monotonic() > late:
                heard.end = OverLimit(f"grading took more than {seconds:g} seconds in all")
        finally:
            theirs.close()
            ours.close()
        return heard

    def dead(self) -> bool:
        """Whether the parent has died: just now, maybe, with the judge that we were hearing."""
        try:
            self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            return self.closed
        return True

    def close(self) -> None:
        """Stop the warm parent and all that it has forked."""
        self.closed = True
        if not self.answer:
            self.process.kill()  # it has forked nothing yet, and would hear us later only
        with suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for it, too
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.control.close()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def command(descriptor: int, isolate: bool, modules: Sequence[str]) -> list[str]:
    """What starts a warm parent that has `descriptor` for its control socket."""
    words = [str(descriptor), "box" if isolate else "none", *modules]
    return [sys.executable, "-P", "-m", "autograder.engine.warm", *words]


def without_points(cell: Cell, why: OverLimit) -> dict:
    """The verdict on a cell that a judge did not come to, or did not survive."""
    score = None if cell.kind == "run" else 0.0
    return asdict(Verdict(cell.id, [error_output(why)], in_words(why), score))
