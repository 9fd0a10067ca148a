"""The warm parent: it has imported torch once, has never seen a test, and forks what grades.

    coordinator ── job ──▶ nursery ── fork ──▶ keeper ── fork ──▶ judge   (reads job and tests)
                                                  └──── fork ──▶ box      (the student's cells)

The keeper is forked for one submission and stays clean: it forks a box whenever its judge asks,
so a box that replaces a dead one has no test in its memory either.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.engine.link import Gone, receive, send

WARM = (
    *("torch", "matplotlib.pyplot", "IPython", "ipywidgets", "greenlab.train", "greenlab.widgets"),
    *("greenlab.zoo.build", "greenlab.check.distillation", "greenlab.check.loops"),
    *("autograder.engine.inside", "autograder.engine.shell", "autograder.engine.judge"),
    *("matplotlib.font_manager", "matplotlib_inline.backend_inline", "IPython.core.logger", "bdb"),
)
MAX_SECONDS = 3600  # one submission in all


class NurseryError(RuntimeError):
    """The nursery did not start, or a judge died; the message says which."""


class Nursery:
    """A warm parent in a process of its own, with an environment that is not the instructor's."""

    def __init__(self, isolate: bool = True) -> None:
        self.control, theirs = socket.socketpair()
        environment = {
            "PATH": os.defpath,
            "HOME": "/nonexistent",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "agg",
            "GREENLAB_ISOLATE": "1" if isolate else "",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autograder.engine.nursery", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        theirs.close()

    def grade(self, cells: Sequence[Any], files: Path | None = None, **limits: float) -> list[dict]:
        """The verdicts on one submission's cells (`judge.Cell`), as mappings.

        `files` is the submission's folder. Raises NurseryError when no verdict comes.
        """
        ours, theirs = socket.socketpair()
        job = {"cells": [asdict(c) for c in cells], "limits": limits}
        job["files"] = None if files is None else str(files)
        try:
            socket.send_fds(self.control, [b"j"], [theirs.fileno()])
            theirs.close()
            send(ours, json.dumps(job).encode())
            deadline = time.monotonic() + MAX_SECONDS

            def tick() -> None:
                if time.monotonic() > deadline:
                    raise NurseryError(f"grading took more than {MAX_SECONDS} s")

            answer = json.loads(receive(ours, tick))
        except (Gone, OSError) as error:
            raise NurseryError(f"the judge died before its verdict ({error})") from None
        finally:
            ours.close()
        if "error" in answer:
            raise NurseryError(answer["error"])
        return answer["verdicts"]

    def close(self) -> None:
        """Stop the nursery and all that it has forked."""
        self.control.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def warm_up() -> None:
    """Import what labs use, lazy parts too, with one thread: a used thread pool can't be forked."""
    import importlib

    import torch

    torch.set_num_threads(1)
    for name in WARM:
        importlib.import_module(name)
    # The first step of an optimizer imports for more than a second.
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    model(torch.zeros(1, 2)).sum().backward()
    optimizer.step()


def main(descriptor: int) -> None:
    """Fork a keeper for each job that comes, until the coordinator hangs up."""
    control = socket.socket(fileno=descriptor)
    isolate = bool(os.environ.get("GREENLAB_ISOLATE"))
    warm_up()
    children: set[int] = set()
    while True:
        ready, _, _ = select.select([control], [], [], 0.2)
        children -= {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}
        if not ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            break
        pid = os.fork()
        if pid == 0:
            control.close()
            with_exit(keeper, socket.socket(fileno=descriptors[0]), isolate)
        children.add(pid)
        os.close(descriptors[0])
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def keeper(job: socket.socket, isolate: bool) -> None:
    """Fork the judge, then a fresh box whenever it asks; the last box dies with the judge."""
    from autograder.engine.cage import Cage, Limits

    die_with_parent()
    ours, judges = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        with_exit(judge, job, judges)
    job.close()
    judges.close()
    cage: Cage | None = None
    while True:
        try:
            request = json.loads(receive(ours))
        except Gone:
            break
        if cage is not None:
            cage.kill()
        if request["open"]:
            files = request["files"] and Path(request["files"])
            cage = Cage(serve_box, Limits(**request["limits"]), files, isolate)
            descriptors = [cage.sock.fileno()] + ([cage.proc] if cage.proc >= 0 else [])
            socket.send_fds(ours, [str(cage.pid).encode().rjust(16)], descriptors)
            cage.sock.close()
    if cage is not None:
        cage.kill()
    os.waitpid(pid, 0)


def serve_box(sock: socket.socket) -> None:
    """In the box: a shell for the student's cells, and answers to the judge."""
    from autograder.engine.inside import serve
    from autograder.engine.shell import Shell

    shell = Shell()

    def run(source: str) -> list:
        outcome = shell.run(source)
        return [outcome.outputs, outcome.error]

    serve(sock, shell.namespace, run)


class Kept:
    """A box that the keeper has forked, as its judge sees it."""

    def __init__(self, keeper: socket.socket, limits: dict, files: str | None) -> None:
        from autograder.engine.cage import Cage, Limits

        self.keeper = keeper
        send(keeper, json.dumps({"open": True, "limits": limits, "files": files}).encode())
        message, descriptors, _, _ = socket.recv_fds(keeper, 16, 2)
        if not descriptors:
            raise Gone("no box could be made")
        self.sock = socket.socket(fileno=descriptors[0])
        proc = descriptors[1] if len(descriptors) > 1 else -1
        watched = Cage.watching(int(message), Limits(**limits), proc)
        self.usage, self.over = watched.usage, watched.over

    def kill(self) -> None:
        self.sock.close()
        send(self.keeper, json.dumps({"open": False}).encode())


def judge(job: socket.socket, keeper: socket.socket) -> None:
    """Read a job, grade it, send the verdicts."""
    from autograder.engine.judge import Cell, Judge

    die_with_parent()
    asked = json.loads(receive(job))
    cells = [Cell(**cell) for cell in asked["cells"]]
    grading = Judge(cells, lambda: Kept(keeper, asked["limits"], asked["files"]), time.monotonic)
    try:
        answer = {"verdicts": [asdict(verdict) for verdict in grading.grade()]}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    send(job, json.dumps(answer).encode())


def with_exit(function: Any, *arguments: Any) -> None:
    """Run `function` in a forked child and leave without the parent's clean-up."""
    code = 1
    try:
        function(*arguments)
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that forked it dies (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    main(int(sys.argv[1]))
