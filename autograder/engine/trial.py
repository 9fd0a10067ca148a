"""One submission before its judge: boxes asked of the warm parent, limits, verdicts as they come.

A branch is the same run with one cell changed: box and judge are forked just before that cell.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from autograder.engine import box
from autograder.engine.cage import Limits, NoIsolation, ready
from autograder.engine.child import bound, die_with_parent, leave_with, memory_now
from autograder.engine.judge import Cell, Judge, Verdict
from autograder.engine.link import Gone, OverLimit, receive, send, ticking
from autograder.engine.outputs import error_output, in_words
from autograder.engine.usage import Watch

GRACE = 2.0  # seconds after an alarm, until a judge that doesn't hear it is ended


class Kept:
    """A box that the parent has forked, as its judge sees it."""

    def __init__(self, parent: socket.socket, limits: Limits, files: Path | None) -> None:
        self.parent = parent
        send(parent, json.dumps({"limits": asdict(limits)}).encode())
        message, descriptors, _, _ = socket.recv_fds(parent, 16, 1)
        self.pid = int(message)
        self.sock = socket.socket(fileno=descriptors[0])
        self.proc = ready(self.sock, files)
        watch = Watch(self.pid, limits, self.proc)
        self.usage, self.over = watch.usage, watch.over

    def kill(self) -> None:
        self.sock.close()
        if self.proc >= 0:
            os.close(self.proc)
        send(self.parent, json.dumps({"kill": self.pid}).encode())


class Copy:
    """A fork of a box, as the judge of a branch sees it; whoever forked it will end it."""

    def __init__(self, kept: Kept, sock: socket.socket) -> None:
        self.usage, self.over, self.sock = kept.usage, kept.over, sock

    def kill(self) -> None:
        self.sock.close()


class Trial:
    """Grades a job's cells one by one and sends each verdict with the name of its branch."""

    def __init__(self, job: socket.socket, parent: socket.socket, asked: dict) -> None:
        self.job, self.parent = job, parent
        self.cells = [Cell(**cell) for cell in asked["cells"]]
        self.changes: dict[str, tuple[str, str, str | None]] = asked["changes"]
        self.limits = Limits(**asked["limits"])
        self.files = asked["files"] and Path(asked["files"])
        self.grading = Judge(self.cells, self.open_box, self.clock)
        self.armed = self.rung = False
        self.name = ""  # of the branch

    def run(self) -> None:
        """Grade all cells, and before each one the branches that change it."""
        for number, cell in enumerate(self.cells):
            for name, (changed, source, last) in self.changes.items():
                if changed == cell.id:
                    self.branch(name, number, source, last)
            self.tell(verdict=asdict(self.verdict(cell)))

    def tell(self, **message: Any) -> None:
        """Send the coordinator a verdict, the end, or why there is none."""
        send(self.job, json.dumps({"branch": self.name} | message).encode())

    def open_box(self) -> Kept:
        """A fresh box; that there is none is no fault of the submission's."""
        try:
            return Kept(self.parent, self.limits, self.files)
        except (NoIsolation, Gone, OSError, ValueError) as error:
            self.tell(error=f"no box: {error}")
            os._exit(1)

    # limits on the judge itself: a test may loop over what the student's code says

    def verdict(self, cell: Cell) -> Verdict:
        """What comes of one cell, in the time that it has."""
        for number in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(number, self.ring)
        self.clock()
        try:
            verdict = self.grading.one(cell)
            self.armed = False
        except OverLimit as failure:  # it rang outside of the test
            self.armed = False
            self.grading.close()
            score = None if cell.kind == "run" else 0.0
            verdict = Verdict(cell.id, [error_output(failure)], in_words(failure), score)
        return verdict

    def clock(self) -> float:
        """The time at which something begins, which may take as long as the limits say."""
        cpu, now = 2 * self.limits.cpu, time.monotonic()  # to watch a box takes some, too
        signal.setitimer(signal.ITIMER_REAL, self.limits.wall + GRACE, GRACE)
        signal.setitimer(signal.ITIMER_PROF, cpu, GRACE)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = int(time.process_time() + cpu + GRACE) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
        self.armed, self.rung = True, False
        return now

    def ring(self, number: int, _: Any) -> None:
        if not self.armed:
            return
        if self.rung:  # the test has swallowed the first one
            os._exit(1)
        self.rung = True
        if number == signal.SIGALRM:
            raise OverLimit(f"more than {self.limits.wall:g} seconds")
        raise OverLimit(f"more than {2 * self.limits.cpu:g} seconds of CPU time in the test")

    # branches

    def branch(self, name: str, number: int, source: str, last: str | None) -> None:
        """Grade with one cell changed, in forks of the judge and its box, and wait for that."""
        self.grading.open()
        self.armed = False
        sock = None
        try:
            sock = fork_box(self.grading.box.sock)
        except (OSError, Gone):
            self.grading.close()
        pid = os.fork()
        if pid == 0:
            leave_with(self.run_branch, name, number, source, last, sock)
        self.wait(pid, self.limits.wall * (len(self.cells) - number + 1))
        if sock is not None:
            sock.close()
            if not end_copy(self.grading.box.sock):
                self.grading.close()  # the next cell starts from a box without its files

    def run_branch(
        self, name: str, number: int, source: str, last: str | None, sock: socket.socket | None
    ) -> None:
        die_with_parent()
        self.name, grading = name, self.grading
        if sock is None:
            grading.box = grading.session = None  # a box of its own, in which all runs again
        else:
            grading.box = Copy(grading.box, sock)
            grading.session.sock = ticking(sock)
        self.cells[number] = replace(self.cells[number], source=source)
        grading.cells = self.cells
        for cell in self.cells[number:]:
            self.tell(verdict=asdict(self.verdict(cell)))
            if cell.id == last:
                break
        grading.close()

    def wait(self, pid: int, seconds: float) -> None:
        """Wait for the judge of a branch, and end it when it takes too long."""
        end = time.monotonic() + seconds
        while os.waitpid(pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                end = float("inf")
            time.sleep(0.005)


def fork_box(sock: socket.socket) -> socket.socket | None:
    """The socket of a copy of the box behind `sock`; None where it can't be copied."""
    send(sock, box.FORK)
    sock.settimeout(GRACE)
    answer, descriptors, _, _ = socket.recv_fds(sock, 1, 1)
    sock.settimeout(None)
    return socket.socket(fileno=descriptors[0]) if answer == box.FORKED else None


def end_copy(sock: socket.socket) -> bool:
    """End the copy of the box behind `sock`; whether the box is still as it was."""
    with suppress(OSError, Gone):
        send(sock, box.END)
        sock.settimeout(GRACE)
        answer = sock.recv(1)
        sock.settimeout(None)
        return answer == box.SAME
    return False


def judge(job: socket.socket, parent: socket.socket) -> None:
    """Read a job, grade it, send the verdicts."""
    die_with_parent()
    asked = json.loads(receive(job))
    try:
        trial = Trial(job, parent, asked)
        hold(trial.limits)
        if asked["place"] is not None:
            os.chdir(asked["place"])
            box.see_own_modules()
        trial.run()
        last = {"done": True}
    except Exception as error:  # the engine's own: no submission is to pay for it
        last = {"error": f"{type(error).__name__}: {error}"}
    send(job, json.dumps(last).encode())


def hold(limits: Limits) -> None:
    """Bound what this process may take, so that a test that goes astray ends here."""
    bound(resource.RLIMIT_DATA, memory_now() + limits.memory)
    bound(resource.RLIMIT_CORE, 0)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # before the parent, after a box
