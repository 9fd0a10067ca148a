"""The life of a box: a shell for the student's cells, answers to the judge, forks for branches."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile

from autograder.engine.inside import Inside
from autograder.engine.link import Gone, receive, send
from autograder.engine.shell import Shell

FORK, END = b"fork", b"end"  # too short for a request
TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
FORKED, THREADS, SAME, CHANGED = b"F", b"T", b"=", b"~"  # the answers


def serve(sock: socket.socket, shell: Shell) -> None:
    """Serve the judge at the other end of `sock` until it hangs up."""
    see_own_modules()

    def run(source: str) -> list:
        outcome = shell.run(source)
        for timer in TIMERS:  # an alarm would ring in another cell, at its cost
            signal.setitimer(timer, 0)
        return [outcome.outputs, outcome.error]

    Box(sock, shell.namespace, run).serve()


class Box(Inside):
    """Answers requests; asked to, goes on as two, so that a branch starts from what has run."""

    copy = 0  # the process of the branch
    files: list[tuple] | None = None  # as they were before it

    def serve(self) -> None:
        """Answer until the judge hangs up."""
        try:
            while True:
                message = receive(self.sock, alone=True)
                if message == FORK:
                    self.fork()
                elif message == END:
                    self.end()
                else:
                    send(self.sock, self.answer(message))
        except Gone:
            sys.stdout.flush()

    def fork(self) -> None:
        """Fork a copy that answers on a socket of its own, which the judge is sent.

        Threads don't cross a fork, and a lock that one holds stays locked: then there is no copy.
        """
        if os.path.isdir("/proc/self/task") and len(os.listdir("/proc/self/task")) > 1:
            self.sock.sendall(THREADS)
            return
        self.files = own_files()
        ours, theirs = socket.socketpair()
        self.copy = os.fork()
        if self.copy == 0:
            os.setsid()
            ours.close()
            self.sock.close()
            self.sock = theirs
        else:
            theirs.close()
            socket.send_fds(self.sock, [FORKED], [ours.fileno()])
            ours.close()

    def end(self) -> None:
        """End the copy, and say whether it has left its marks in the files that both see."""
        os.killpg(self.copy, signal.SIGKILL)
        os.waitpid(self.copy, 0)
        self.sock.sendall(SAME if own_files() == self.files else CHANGED)


def own_files() -> list[tuple]:
    """Name, size and time of every file in home and in the folder for temporary files."""
    found = []
    for top in (os.path.expanduser("~"), tempfile.gettempdir()):
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                state = os.lstat(path)
                found.append((path, state.st_size, state.st_mtime_ns))
    return sorted(found)


def see_own_modules() -> None:
    """Let imports find modules beside the notebook, where a kernel looks for them."""
    packages = (n for n, path in enumerate(sys.path) if path.endswith("-packages"))
    sys.path.insert(next(packages, len(sys.path)), "")
