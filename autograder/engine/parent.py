"""The warm parent: it has imported torch once, has never seen a test, and forks what grades.

    coordinator ── job ──▶ judge   (reads job and tests)
         │                   │ asks for a box
         └──── begins ──▶ parent ── forks judge and box ──▶ box   (the student's cells)

A job goes past the parent, on a socket that only the judge reads, so that a box, which is a copy
of the parent's memory, holds nothing of any submission's.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field

from autograder.engine import box, trial
from autograder.engine.cage import Cage, Limits
from autograder.engine.child import leave_with
from autograder.engine.link import Gone, receive
from autograder.engine.nursery import BEGIN
from autograder.engine.shell import Shell

LOOK = 0.2  # seconds between two looks at the clock


@dataclass
class Case:
    """A submission that is being graded: its judge, until when, and the boxes it has asked for."""

    judge: int
    deadline: float
    cages: dict[int, Cage] = field(default_factory=dict)


class Parent:
    """Forks judges for the coordinator and boxes for the judges; ends what they leave behind."""

    def __init__(self, control: socket.socket, shell: Shell, isolate: bool) -> None:
        self.control, self.shell, self.isolate = control, shell, isolate
        self.cases: dict[socket.socket, Case] = {}

    def serve(self) -> None:
        """Fork what is asked for until the coordinator hangs up, then end all."""
        while True:
            wait = LOOK if self.cases else None
            for sock in select.select([self.control, *self.cases], [], [], wait)[0]:
                if sock is not self.control:
                    self.answer(sock)
                elif not self.begin():
                    for each in list(self.cases):
                        self.end(each)
                    return
            for sock in [s for s, case in self.cases.items() if time.monotonic() > case.deadline]:
                self.end(sock)

    def begin(self) -> bool:
        """Fork a judge with the socket that comes; False when the coordinator has hung up."""
        message, descriptors, _, _ = socket.recv_fds(self.control, BEGIN.size, 1)
        if not message:
            return False
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            for sock in (self.control, ours, *self.cases):
                sock.close()
            leave_with(trial.judge, socket.socket(fileno=descriptors[0]), theirs)
        os.setpgid(pid, pid)  # so that its own forks end with it
        os.close(descriptors[0])
        theirs.close()
        self.cases[ours] = Case(pid, time.monotonic() + BEGIN.unpack(message)[0])
        return True

    def answer(self, sock: socket.socket) -> None:
        """Make a box for a judge, or kill one; end the case when the judge has ended."""
        try:
            request = json.loads(receive(sock))
        except Gone:
            self.end(sock)
            return
        cages = self.cases[sock].cages
        if (pid := request.get("kill")) is not None:
            cages.pop(pid).kill()
            return
        cage = Cage(
            lambda inner: box.serve(inner, self.shell),
            Limits(**request["limits"]), isolate=self.isolate, wait=False,
        )  # fmt: skip
        cages[cage.pid] = cage
        with suppress(OSError):  # the judge may have died
            socket.send_fds(sock, [b"%16d" % cage.pid], [cage.sock.fileno()])
        cage.sock.close()

    def end(self, sock: socket.socket) -> None:
        """End a judge and its boxes."""
        case = self.cases.pop(sock)
        sock.close()
        with suppress(ProcessLookupError):
            os.killpg(case.judge, signal.SIGKILL)
        for cage in case.cages.values():
            cage.kill()
        os.waitpid(case.judge, 0)
