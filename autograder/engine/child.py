"""The life of a process that serves one submission, with or without isolation.

It keeps one socket of its parent's and nothing else: no other descriptor, no environment, no
arguments, no signal handlers. Limits that the kernel holds for each process are set here.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from autograder.engine import mounts
from autograder.engine.usage import Limits

ENVIRONMENT = {
    **{"HOME": mounts.HOME, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
    **{"USER": "student", "PYTHONHASHSEED": "0"},
    **{"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    **{"MPLBACKEND": "module://matplotlib_inline.backend_inline"},  # as in a notebook
    **{"MPLCONFIGDIR": "/tmp/matplotlib", "GREENLAB_DEVICE": "cpu", "GREENLAB_SCALE": "class"},
}


def enter_plainly(
    sock: socket.socket, serve: Callable[[socket.socket], None], limits: Limits, folder: str
) -> None:  # fmt: skip
    """Without isolation: a home in `folder`, the limits that each process has. Never returns."""
    try:
        sock = keep_only(sock)
        files = told_files(sock)
        open_null()
        work = os.path.join(folder, "work")
        os.mkdir(work)
        if files is not None:
            mounts.copy_regular(files, work, limits.disk // 2, os.geteuid())
        place = {"HOME": folder, "TMPDIR": folder, "MPLCONFIGDIR": os.path.join(folder, "mpl")}
        forget(ENVIRONMENT | place)
        os.chdir(work)
        die_with_parent()
        limit_resources(limits, memory_now())
        sock.sendall(b"R")
    except BaseException as error:
        fail(sock, error)
    run(sock, serve)


def tell_files(sock: socket.socket, files: Path | None) -> None:
    """The host's first word to a new cage: the folder whose files it gets. Raises OSError."""
    name = b"" if files is None else os.fsencode(os.path.realpath(files))
    sock.sendall(struct.pack("<I", len(name)) + name)


def told_files(sock: socket.socket) -> str | None:
    """What the host has told by `tell_files`. Raises struct.error when it has hung up."""
    (length,) = struct.unpack("<I", sock.recv(4, socket.MSG_WAITALL))
    return os.fsdecode(sock.recv(length, socket.MSG_WAITALL)) if length else None


def fail(sock: socket.socket, error: BaseException) -> None:
    """Tell the parent why the cage can't be made. Never returns."""
    with contextlib.suppress(OSError):
        sock.sendall(b"E" + f"{type(error).__name__}: {error}".encode())
    os._exit(1)


def run(sock: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    """The serving process's life from here on. Never returns."""
    code = 1
    try:
        os.setsid()
        default_signals()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_IGN)  # as Python starts: errors instead
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        serve(sock)
        code = 0
    finally:
        os._exit(code)


def leave_with(function: Callable, *arguments: object) -> None:
    """Run `function` in a forked process and leave without the parent's clean-up."""
    code = 1
    try:
        function(*arguments)
        code = 0
    finally:
        os._exit(code)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that forked it dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def default_signals() -> None:
    """Undo what the parent has set for signals."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)


def keep_only(sock: socket.socket) -> socket.socket:
    """Close every descriptor but the socket's; returns it, out of the way of 0 to 2."""
    gc.freeze()  # files of the parent must not be closed late, when others bear their numbers
    sock = socket.socket(fileno=fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, 3))
    os.closerange(0, sock.fileno())
    os.closerange(sock.fileno() + 1, 2**31 - 1 if sys.platform == "linux" else 2**16)
    return sock


def open_null() -> None:
    """Give Python's standard streams something to read and write that is nothing."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    if null > 2:
        os.close(null)
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", closefd=False)  # noqa: SIM115


def forget(environment: dict[str, str]) -> None:
    """Forget the parent's arguments and environment, also in the memory that /proc shows."""
    os.environ.clear()
    if os.path.exists("/proc/self/stat"):
        with open("/proc/self/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        first, last = int(fields[45]), int(fields[48])  # arg_start to env_end
        if 0 < first < last < first + 2**24:
            ctypes.memset(first, 0, last - first)
    os.environ.update(environment)
    sys.argv[:], sys.orig_argv[:] = [""], [""]
    tempfile.tempdir = None


def memory_now() -> int:
    """Bytes that RLIMIT_DATA already counts, from the parent."""
    if sys.platform != "linux":
        return 2**40
    with open("/proc/self/status") as file:
        return 1024 * int(file.read().split("VmData:")[1].split()[0])


def limit_resources(limits: Limits, baseline: int, processes: int | None = None) -> None:
    """Set the limits that the kernel holds for each process; the whole tree's are watched."""
    os.umask(0o077)
    bounds = {
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_FSIZE: limits.disk,
        resource.RLIMIT_DATA: baseline + limits.memory,
        resource.RLIMIT_CORE: 1,  # 0 would still feed a crash handler behind a pipe
    }
    if sys.platform == "linux":
        bounds |= {resource.RLIMIT_MSGQUEUE: 0, resource.RLIMIT_SIGPENDING: 1024}
    if processes is not None:
        bounds[resource.RLIMIT_NPROC] = processes
    for which, most in bounds.items():
        bound(which, most)


def bound(which: int, most: int) -> None:
    """Lower one of the limits that the kernel holds for each process, for good."""
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))
