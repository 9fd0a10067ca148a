"""What a cage's process sees as the file system: a root folder of its own, made by mounts.

Read-only: the system's programs and libraries, Python with its packages, the folder of the
`greenlab` package. Private: home, /tmp and /dev/shm on one small memory disk, /proc and a /dev
without devices. All else is left behind, above all the course that this file belongs to.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import site
import stat
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder import HOUSE

HOME, WORK = "/home/student", "/home/student/work"
PRIVATE_PLACES = (HOME, "/tmp", "/dev/shm")  # the cage's own; nothing of the machine shows there
# Covered where something shown holds them: settings with a gradebook's address, an exchange.
HIDDEN = [HOUSE, Path("/usr/local/share/nbgrader"), Path("/usr/local/etc/jupyter")]
HIDDEN += [Path("/usr/etc/jupyter"), Path(sys.prefix) / "etc/jupyter"]
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC = ("/etc/fonts", "/etc/alternatives")  # the latter: Debian's links to libraries
ETC_FILES = ("/etc/ld.so.cache", "/etc/localtime")
DEVICES = ("null", "full", "random", "urandom")  # not zero: a shared map of it has no limit
MASKED = ("kcore", "keys", "key-users", "kallsyms", "sysrq-trigger", "timer_list")

RDONLY, NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 1, 2, 4, 8, 1 << 12, 1 << 14, 1 << 18
MNT_DETACH, AT_RECURSIVE, MOUNT_SETATTR = 2, 0x8000, 442
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
OLD = "/.old"  # the machine's root while the new one is made
COPIED_FILES, COPIED_DEPTH = 2000, 20

libc = ctypes.PyDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.mount.argtypes = [ctypes.c_char_p] * 3 + [ctypes.c_ulong, ctypes.c_char_p]


def make_root(disk: int, files: str | None, hide: Sequence[Path], uid: int) -> None:
    """Move this process (first of its namespaces) to a new root with the submission's `files`.

    `hide` are folders that stay invisible even where a folder shown holds them, as `HIDDEN` do.
    Raises OSError, and RuntimeError where Python can't be shown without the course.
    """
    plan = shown_and_hidden([*HIDDEN, *hide])  # looked up while paths still mean the machine's
    source = None if files is None else OLD + files
    mount("none", "/", "", REC | PRIVATE)
    mount("tmpfs", "/tmp", "tmpfs", NOSUID | NODEV, "size=4m,nr_inodes=4096,mode=755")
    os.mkdir("/tmp" + OLD)
    pivot_root = ctypes.c_long(PIVOT_ROOT[os.uname().machine])
    check(libc.syscall(pivot_root, b"/tmp", b"/tmp" + OLD.encode()), "pivot_root")
    os.chdir("/")
    os.umask(0o022)
    for target, origin in plan:
        if origin:
            show(OLD + origin, target)
        elif os.path.isdir(target):
            mount("tmpfs", target, "tmpfs", NOSUID | NODEV, "size=64k,mode=755")
    _system()
    _private(disk, uid)
    if source is not None:
        copy_regular(source, WORK, disk // 2, uid)
    check(libc.umount2(OLD.encode(), MNT_DETACH), "umount")
    os.rmdir(OLD)
    for target, origin in plan:
        if not origin and os.path.ismount(target):
            set_flags(target, RDONLY, recursive=False)
    set_flags("/", RDONLY, recursive=False)


def shown_and_hidden(hide: Sequence[Path]) -> list[tuple[str, str | None]]:
    """Pairs of a place in the new root and the folder shown there, or None to cover it.

    Outer folders come before inner ones, so that what is covered can hold what is shown.
    """
    shown = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)]
    shown += [Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    if site.ENABLE_USER_SITE and os.path.isdir(site.getusersitepackages()):
        shown.append(Path(site.getusersitepackages()))
    plan: dict[str, str | None] = {os.path.realpath(folder): None for folder in hide}
    for folder in shown:
        if folder.is_dir() and folder != Path("/"):
            plan |= dict.fromkeys((os.path.abspath(folder), os.path.realpath(folder)), "")
    if not all(plan[os.path.realpath(folder)] is None for folder in hide):
        raise RuntimeError("Python's own folder is the course's; make the environment elsewhere")
    spec = importlib.util.find_spec("greenlab")  # found, not imported
    for folder in (spec and spec.submodule_search_locations) or ():
        plan[os.path.realpath(folder)] = ""
    for path, origin in plan.items():
        if origin is not None and any(Path(path).is_relative_to(p) for p in PRIVATE_PLACES):
            raise RuntimeError(f"{path} lies where a cage has its own files; install elsewhere")
    ordered = sorted(plan, key=lambda path: len(Path(path).parts))
    pairs = [(path, None if plan[path] is None else os.path.realpath(path)) for path in ordered]
    system = [(path, path) for path in SYSTEM if os.path.isdir(path) and not os.path.islink(path)]
    return system + [pair for pair in pairs if pair[0] != "/usr"]


def show(origin: str, target: str) -> None:
    """Bind a folder or device, with what is mounted in it, read-only."""
    if os.path.isdir(origin):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o644))
    mount(origin, target, "", BIND | REC)
    device = target.startswith("/dev/")
    set_flags(target, RDONLY | NOSUID | (NOEXEC if device else NODEV))


def _system() -> None:
    """Links of the root folder, and an /etc with nothing of the machine's accounts."""
    for path in SYSTEM:
        if os.path.islink(OLD + path):
            os.symlink(os.readlink(OLD + path), path)
    os.makedirs("/etc", exist_ok=True)
    for path in ETC_FILES:
        with contextlib.suppress(OSError):
            name = OLD + path
            if os.path.islink(name):  # /etc/localtime points into /usr/share/zoneinfo
                os.symlink(os.readlink(name), path)
            else:
                Path(path).write_bytes(Path(name).read_bytes())
    for path in ETC:
        if os.path.isdir(OLD + path):
            show(OLD + path, path)
    Path("/etc/hosts").write_text("127.0.0.1 localhost\n")


def _private(disk: int, uid: int) -> None:
    """Home, /tmp, /dev and /proc. One memory disk, so that `disk` bounds all three places."""
    Path("/etc/passwd").write_text(f"student:x:{uid}:{uid}:student:{HOME}:/bin/sh\n")
    Path("/etc/group").write_text(f"student:x:{uid}:\n")
    for folder in (HOME, "/tmp", "/dev/shm", "/proc", "/.disk"):
        os.makedirs(folder, exist_ok=True)
    size = f"size={disk},nr_inodes=16384,mode=755"
    mount("tmpfs", "/.disk", "tmpfs", NOSUID | NODEV, size)
    for place, mode in ((HOME, 0o700), ("/tmp", 0o1777), ("/dev/shm", 0o1777)):
        part = "/.disk/" + place.rpartition("/")[2]
        os.mkdir(part)
        os.chmod(part, mode)
        os.chown(part, uid, uid)
        mount(part, place, "", BIND)
    check(libc.umount2(b"/.disk", MNT_DETACH), "umount")
    os.rmdir("/.disk")
    for name in DEVICES:
        show(f"{OLD}/dev/{name}", f"/dev/{name}")
    for name, end in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink("/proc/self/fd" + end, "/dev/" + name)
    mount("proc", "/proc", "proc", RDONLY | NOSUID | NODEV | NOEXEC)
    for name in MASKED:
        if os.path.exists(f"/proc/{name}"):
            mount("/dev/null", f"/proc/{name}", "", BIND)
    os.mkdir(WORK, 0o700)
    os.chown(WORK, uid, uid)


def copy_regular(source: str, target: str, budget: int, uid: int) -> None:
    """Copy regular files of up to `budget` bytes in all.

    Links, files that are too large, and what is too many or too deep stay out without an error:
    a strange submission must not look like a machine that can't make a cage.
    """
    left = COPIED_FILES
    for folder, folders, names in os.walk(source, followlinks=False):
        here = target + folder.removeprefix(source)
        inner, folders[:] = sorted(folders), []
        for name in inner if here.count("/") - target.count("/") < COPIED_DEPTH else ():
            if left > 0 and not os.path.islink(os.path.join(folder, name)):
                left -= 1
                with contextlib.suppress(OSError):
                    os.mkdir(os.path.join(here, name), 0o700)
                    os.chown(os.path.join(here, name), uid, uid)
                    folders.append(name)
        for name in sorted(names):
            descriptor = _open_regular(os.path.join(folder, name)) if left > 0 else None
            if descriptor is not None:
                left -= 1
                with open(descriptor, "rb") as old, contextlib.suppress(OSError):
                    size = os.fstat(descriptor).st_size
                    if size <= budget:
                        budget -= size
                        _write(os.path.join(here, name), old.read(size), uid)


def _write(path: str, content: bytes, uid: int) -> None:
    with open(path, "wb") as new:
        new.write(content)
        os.fchmod(new.fileno(), 0o600)
        os.fchown(new.fileno(), uid, uid)


def _open_regular(path: str) -> int | None:
    """A descriptor of a regular file; of nothing else, however it is exchanged meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def mount(origin: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2). Raises OSError."""
    words = [word.encode() for word in (origin, target, kind)]
    check(libc.mount(*words, flags, options.encode()), f"mount {target}")


def set_flags(target: str, flags: int, recursive: bool = True) -> None:
    """Add flags to a mount and those inside it; what is set already stays (it may be locked)."""
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)  # MOUNT_ATTR_… equal MS_… for these four
    at = ctypes.c_long(AT_RECURSIVE if recursive else 0)
    words = [ctypes.c_long(MOUNT_SETATTR), ctypes.c_long(-1), target.encode(), at, attributes]
    check(libc.syscall(*words, ctypes.c_long(len(attributes))), f"mount_setattr {target}")


def check(result: int, what: str) -> None:
    """Raise OSError if a system call failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
