"""Grades a course with nbgrader as it comes, contained, since it runs hostile code as its own.

All of it, nbgrader, its gradebook and the kernels, is in one cage of the engine's: namespaces, a
root folder without the machine's files, a user without rights, limits. Two things are weaker than
for a box: there is a loopback network, which kernels need, and no filter of system calls.
`python -m tests.hostile.stock COURSE ASSIGNMENT SECONDS` prints what came of it, as JSON.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from pathlib import Path

from autograder.engine import mounts, seccomp
from autograder.engine.cage import Cage, Limits

LIMITS = Limits(cpu=1e9, wall=1e9, memory=4 * 2**30, processes=1000, disk=2**30, files=1024)
LATER = 1.0  # seconds after the end, in which a process left behind may still do something
SIOCSIFFLAGS, UP_AND_RUNNING = 0x8914, 0x41
SCORES = """
SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.manual_score
FROM grade
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
JOIN base_cell ON base_cell.id = grade.cell_id
"""


def grade(course: Path, assignment: str, seconds: float, most: float = 600) -> dict:
    """Run `nbgrader autograde` on a copy of the course: its marks, seconds, log and exit code.

    `seconds` is its limit for a cell, `most` that for the whole. Raises NoIsolation.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(course, "course")
    command = ["-m", "nbgrader", "autograde", assignment, f"--Execute.timeout={seconds:g}"]
    seccomp.install = lambda: None
    mounts.make_root = with_loopback(mounts.make_root)
    with Cage(lambda sock: serve(sock, packed, command), LIMITS) as cage:
        cage.sock.settimeout(most)
        answer = b""
        try:
            while part := cage.sock.recv(2**16):
                answer += part
        except TimeoutError:
            return {"marks": {}, "log": f"not done in {most:g} s", "seconds": most, "code": -1}
    if not answer:
        return {"marks": {}, "log": "nbgrader was killed with all else", "seconds": 0, "code": -9}
    return json.loads(answer)


def marks(gradebook: Path) -> dict[str, dict[str, float]]:
    """Everybody's marks by exercise, as nbgrader's gradebook has them."""
    found: dict[str, dict[str, float]] = {}
    with closing(sqlite3.connect(f"file:{gradebook}?mode=ro", uri=True)) as book:
        for student, cell, automatic, manual in book.execute(SCORES):
            value = automatic if manual is None else manual
            found.setdefault(student, {})[cell.removeprefix("test_")] = value or 0.0
    return found


def with_loopback(make_root):
    """The function, with the loopback network up before it is called."""

    def make(*arguments):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", UP_AND_RUNNING))
        make_root(*arguments)

    return make


def serve(sock: socket.socket, packed: io.BytesIO, command: list[str]) -> None:
    """In the cage: unpack the course, run nbgrader, send what its gradebook says."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    packed.seek(0)
    with tarfile.open(fileobj=packed) as archive:
        archive.extractall(".", filter="fully_trusted")
    home = str(Path(sys.executable).parent)  # nbgrader starts `alembic` by name
    environment = os.environ | {"PATH": f"{home}:{os.environ['PATH']}"}
    began = time.monotonic()
    with open("log", "wb") as log:
        ran = subprocess.run(
            [sys.executable, *command], cwd="course", env=environment, stdout=log, stderr=log
        )
    took = time.monotonic() - began
    time.sleep(LATER)
    try:
        scores = marks(Path("course/gradebook.db"))
    except sqlite3.Error as error:
        scores = {f"the gradebook: {error}": {}}
    text = Path("log").read_text(errors="replace")[-5000:] if os.path.exists("log") else "gone"
    answer = {"marks": scores, "log": text, "seconds": took, "code": ran.returncode}
    sock.sendall(json.dumps(answer).encode())


if __name__ == "__main__":
    print(json.dumps(grade(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
