"""A process of its own for one submission's code, and all that it starts, watched and killed.

    with Cage(serve, Limits(), files=folder) as cage:
        began, since = time.monotonic(), cage.usage()
        cage.sock.sendall(request)
        … while waiting for the answer: if reason := cage.over(since, began): break

`serve(sock)` runs in the cage, in a fork of this process that has everything imported already;
what it needs of the course it must have imported before. Start the parent with the environment
that students may see and keep it to one thread (OMP_NUM_THREADS=1): a cage is a copy of its memory.
`python -m autograder.engine.cage` measures how long it takes to make one.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.engine.usage import Limits, PlainCensus, Usage, Watch

if os.name == "posix":  # elsewhere there is no fork: to refuse, this must still import
    from autograder.engine import child, confine

SETUP_SECONDS = 60
OTHERWISE = "or grade without a box by --isolation none"


class NoIsolation(RuntimeError):
    """This machine can't hold untrusted code; the sentence says what to do."""


def can_isolate() -> None:
    """Try a real cage once. Raises NoIsolation."""
    with Cage(lambda sock: sock.sendall(b"x")) as cage:
        if cage.sock.recv(1) != b"x":
            raise NoIsolation(f"A cage can be made here, but Python fails in it: {OTHERWISE}.")


class Cage:
    """The host's side of one cage; `sock` leads to what `serve` reads from inside.

    With `isolate=False` it is a forked process with a folder for home and some limits, no more:
    it reads and writes what the caller may, reaches the network, can kill the caller's processes,
    and a daemon that detaches outlives it. With `wait=False` it is forked and no more: whoever gets
    `sock` has to call `ready`, and says there which files. Raises NoIsolation.
    """

    def __init__(
        self, serve: Callable[[socket.socket], None], limits: Limits = Limits(),  # noqa: B008
        files: Path | None = None, isolate: bool = True, hide: Sequence[Path] = (),
        wait: bool = True,
    ) -> None:  # fmt: skip
        self.limits, self.isolate = limits, isolate
        self._folder, self._ended = "", False
        root = isolate and _require()
        require_fork()
        self.sock, inner = socket.socketpair()
        try:
            if isolate:
                self.pid = confine.fork(root)
                rest = {"root": root, "ids": (os.geteuid(), os.getegid()), "hide": hide}
            else:
                self._folder = tempfile.mkdtemp(prefix="box-")
                self.pid = os.fork()
            if self.pid == 0:
                try:
                    if isolate:
                        confine.enter(sock=inner, serve=serve, limits=limits, **rest)
                    child.enter_plainly(inner, serve, limits, self._folder)
                finally:
                    os._exit(1)
        except OSError as error:
            self.sock.close()
            raise NoIsolation(_advice(str(error))) from None
        finally:
            inner.close()
        self.proc = -1
        try:
            self.proc = ready(self.sock, files) if wait else -1
            self._watch = Watch(self.pid, limits, self.proc)
        except BaseException:
            self.kill()
            raise

    def usage(self) -> Usage:
        """CPU seconds so far, memory and processes now, over everything in the cage."""
        return self._watch.usage()

    def over(self, since: Usage, began: float) -> str | None:
        """Which limit a request exceeds that `began` (time.monotonic) at `since`; None if none."""
        return self._watch.over(since, began)

    def alive(self) -> bool:
        """Whether the serving process still runs."""
        if not self._ended:
            try:
                self._ended = os.waitpid(self.pid, os.WNOHANG)[0] != 0
            except ChildProcessError:  # somebody else has waited for it
                self._ended = True
        return not self._ended

    def kill(self) -> None:
        """End everything in the cage and wait for it; again is harmless."""
        if self.alive():  # not reaped, so the number is still its own
            if not self.isolate:
                for process in PlainCensus(self.pid).tree():
                    with contextlib.suppress(Exception):
                        process.kill()
            os.kill(self.pid, signal.SIGKILL)  # a pid namespace ends with its first process
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self._ended = True
        if not self.isolate:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            shutil.rmtree(self._folder, ignore_errors=True)
        if self.proc >= 0:
            os.close(self.proc)
            self.proc = -1
        self.sock.close()

    def __enter__(self) -> Cage:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def require_fork() -> None:
    """Raises NoIsolation where processes can't be forked."""
    if not hasattr(os, "fork"):
        raise NoIsolation("Submissions can't be graded on Windows: use Linux, WSL or macOS.")


def ready(sock: socket.socket, files: Path | None) -> int:
    """Have the cage behind `sock` made, with these files: a descriptor of its /proc, or -1.

    The folder's name goes to nobody but the cage itself. Raises NoIsolation.
    """
    sock.settimeout(SETUP_SECONDS)
    try:
        child.tell_files(sock, files)
        data, received, _, _ = socket.recv_fds(sock, 1, 1)
        if data != b"R":
            reason = b""
            while part := sock.recv(4096):
                reason += part
            raise NoIsolation(_advice(reason.decode(errors="replace") or "it ended at once"))
    except TimeoutError:
        raise NoIsolation(f"No cage could be made in {SETUP_SECONDS} s: {OTHERWISE}.") from None
    except OSError as error:
        raise NoIsolation(_advice(str(error))) from None
    sock.settimeout(None)
    return received[0] if received else -1


def _require() -> bool:
    """Whether root's rights are there; raises NoIsolation where no cage can be made at all."""
    system, machine = platform.system(), platform.machine()
    if system != "Linux":
        raise NoIsolation(f"Untrusted code needs Linux, not {system}: use one, {OTHERWISE}.")
    if machine not in confine.CLONE:
        raise NoIsolation(f"No cages on {machine}: use x86_64 or aarch64, {OTHERWISE}.")
    kernel = tuple(int("".join(filter(str.isdigit, p))) for p in os.uname().release.split(".")[:2])
    if kernel < (5, 14):
        raise NoIsolation(f"Cages need Linux 5.14 or newer: update the system, {OTHERWISE}.")
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise RuntimeError(
            f"a cage's parent must have one thread, not {threads}; see OMP_NUM_THREADS"
        )
    root = confine.has_root()
    if not root and os.geteuid() == 0:
        raise NoIsolation(
            "Root without the right to make namespaces (a container?): start it with "
            f"--cap-add SYS_ADMIN --security-opt seccomp=unconfined, {OTHERWISE}."
        )
    return root


def _advice(reason: str) -> str:
    """The sentence for a cage that couldn't be made because of `reason`."""
    if reason.startswith("RuntimeError: "):  # ours, and says it all
        return f"No cage could be made: {reason.partition(': ')[2]}, {OTHERWISE}."
    return (
        f"No cage could be made ({reason}): allow user namespaces (as root: sysctl -w "
        "user.max_user_namespaces=15000, kernel.unprivileged_userns_clone=1, "
        "kernel.apparmor_restrict_unprivileged_userns=0; those that exist), in a container start "
        f"it with --security-opt seccomp=unconfined, or grade as root, {OTHERWISE}."
    )


def measure(times: int = 20) -> str:
    """Milliseconds to fork this process, to make a cage, and to kill it; median of `times`."""
    forks, makes, kills = [], [], []
    for _ in range(times):
        start = time.perf_counter()
        if (pid := os.fork()) == 0:
            os._exit(0)
        forks.append(time.perf_counter() - start)
        os.waitpid(pid, 0)
        start = time.perf_counter()
        cage = Cage(lambda sock: sock.recv(1))
        makes.append(time.perf_counter() - start)
        start = time.perf_counter()
        cage.kill()
        kills.append(time.perf_counter() - start)
    values = [1000 * statistics.median(each) for each in (forks, makes, kills)]
    return "fork {:.1f} ms, make a cage {:.1f} ms, kill it {:.1f} ms".format(*values)


def main() -> None:
    """Print the times of a small parent and of one that has torch loaded."""
    print("small parent:", measure())
    import torch

    torch.set_num_threads(1)
    torch.nn.Linear(8, 8)(torch.zeros(8, 8)).sum().backward()
    print("with torch:  ", measure())


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy starts its threads
    main()
