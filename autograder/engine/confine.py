"""How a cage's process gives up the machine: namespaces, a root of its own, no rights, limits.

`fork` makes the namespaces' first process (with root's rights outside, else in a user namespace),
`enter` is the rest of its life: it builds a root folder that holds the system, Python and the
`greenlab` package read-only, moves there for good, drops every right and forks the process that
serves the student's code. All is done by system calls; kernels before 5.14 lack two of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.engine import child, mounts, seccomp
from autograder.engine.mounts import check
from autograder.engine.usage import Limits

NEW_NAMESPACES = 0x6E020000  # mount, cgroup, uts, ipc, pid, network
NEW_USER = 0x10000000
CLONE = {"x86_64": 56, "aarch64": 220}
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION_3 = 0x20080522
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
CAP_SYS_ADMIN = 21
OWN_UIDS = 0x70000000  # beyond accounts, containers' ranges and systemd's

libc = ctypes.PyDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
if sys.platform == "linux":
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4


def has_root() -> bool:
    """Whether this process may make namespaces without a user namespace."""
    status = Path("/proc/self/status").read_text()
    rights = int(status.split("CapEff:")[1].split()[0], 16)
    return os.geteuid() == 0 and bool(rights >> CAP_SYS_ADMIN & 1)


def fork(root: bool) -> int:
    """os.fork() into fresh namespaces: 0 in the child, which is process 1 of its own.

    The C library can only fork first and enter a pid namespace with a second fork, and each
    fork copies the page tables of a parent that has torch loaded. So this calls clone itself,
    between the hooks that CPython keeps for this; locks of the C library aren't looked after, so
    the caller may have one thread only.
    """
    flags = NEW_NAMESPACES | (0 if root else NEW_USER) | signal.SIGCHLD
    arguments = [ctypes.c_long(value) for value in (CLONE[os.uname().machine], flags, 0, 0, 0, 0)]
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    pid = libc.syscall(*arguments)
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    number = ctypes.get_errno()
    python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, os.strerror(number))
    return pid


def enter(
    *, sock: socket.socket, serve: Callable[[socket.socket], None], limits: Limits,
    hide: Sequence[Path], root: bool, ids: tuple[int, int],
) -> None:  # fmt: skip
    """Confine this process (made by `fork`), then serve in a child of it. Never returns.

    Sends b"R" and a descriptor of the new /proc when all is set, else b"E" and the reason.
    """
    try:
        sock = child.keep_only(sock)
        files = child.told_files(sock)
        uid, baseline = _settle(root, ids), child.memory_now()
        mounts.make_root(limits.disk, files, hide, uid)
        child.open_null()
        child.forget(child.ENVIRONMENT)
        os.chdir(mounts.WORK)
        _drop_rights(uid, root)
        child.limit_resources(limits, baseline, processes=limits.processes + 1)  # one is init
        check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        # After the change of user, which clears it: whoever kills the parent kills the cage.
        check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "pdeathsig")
        seccomp.install()
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        socket.send_fds(sock, [b"R"], [proc])  # fails when the parent is already gone
        os.close(proc)
    except BaseException as error:
        child.fail(sock, error)
    _init(sock, serve)


def _init(sock: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    """Process 1: fork the one that serves, reap what it leaves, end when it ends.

    The student's code runs as the same user; what keeps it out of this process's memory is that
    the process can't be dumped. When it ends, the kernel kills the whole namespace.
    """
    check(libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
    child.default_signals()  # a first process without handlers hears nothing from inside
    serving = os.fork()
    if serving == 0:
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self belongs to root
        child.run(sock, serve)
    sock.close()
    status = -1
    while True:
        pid, code = os.wait()
        if pid == serving:
            status = os.waitstatus_to_exitcode(code)
            os._exit(status if 0 <= status < 128 else 128 - status)


def _settle(root: bool, ids: tuple[int, int]) -> int:
    """Become somebody in the new namespaces; the student's user id there.

    With root's rights it is an id that nobody else has: it holds this process's number, so that
    cages at the same time don't share a count of processes. In a user namespace, which has a count
    of its own, it is the caller's own id, called 1000 inside.
    """
    check(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")  # else /proc/self is root's
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # a machine without memory ends a cage first
    if root:
        number = int(os.readlink("/proc/self"))  # in the machine's /proc, so the number outside
        with open("/proc/self/uid_map") as file:  # a container may have few
            most = max(int(line.split()[0]) + int(line.split()[2]) for line in file)
        return OWN_UIDS + number if most > OWN_UIDS + 2**22 else most // 2 + number % (most // 2)
    for name, text in (("setgroups", "deny"), ("uid_map", ids[0]), ("gid_map", ids[1])):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text if isinstance(text, str) else f"1000 {text} 1")
    return 1000


def _drop_rights(uid: int, root: bool) -> None:
    """Give up every capability for good and, with root's rights, become the user `uid`."""
    with contextlib.suppress(OSError):
        socket.sethostname("box")
    capability = 0
    while libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    if capability <= CAP_SYS_ADMIN:
        check(-1, "bounding set")
    check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient set")
    if root:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header, none = struct.pack("Ii", CAPABILITY_VERSION_3, 0), bytes(24)
    check(libc.syscall(ctypes.c_long(CAPSET[os.uname().machine]), header, none), "capset")
