"""The system calls that a cage refuses, as a small BPF program of our own (no libseccomp needed).

Student code may do what ordinary computing does. Refused are calls that look into other processes,
make or join namespaces, mount, load code into the kernel or set its clocks; calls whose memory
no limit counts (shared anonymous maps, memfd, System V shared memory, pages lent to pipes); and
sockets of every family but AF_UNIX. Calls newer than this list are refused unless named in `NEW`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# Numbers on (x86_64, aarch64); 0 where an architecture doesn't have the call.
REFUSED = {
    # other processes, and other names for files
    **{"ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271)},
    **{"kcmp": (312, 272), "move_pages": (279, 239), "migrate_pages": (256, 238)},
    **{"open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264)},
    **{"fanotify_init": (300, 262), "fanotify_mark": (301, 263), "lookup_dcookie": (212, 18)},
    # mounts and namespaces (clone with namespace flags is looked at below)
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51)},
    **{"setns": (308, 268), "unshare": (272, 97)},
    **{"sethostname": (170, 161), "setdomainname": (171, 162)},
    # the kernel itself
    **{"bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282)},
    **{"keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218)},
    **{"init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106)},
    **{"create_module": (174, 0), "kexec_load": (246, 104), "kexec_file_load": (320, 294)},
    **{"reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "syslog": (103, 116)},
    **{"quotactl": (179, 60), "acct": (163, 89), "nfsservctl": (180, 42), "vhangup": (153, 58)},
    **{"settimeofday": (164, 170), "clock_settime": (227, 112)},
    **{"adjtimex": (159, 171), "clock_adjtime": (305, 266)},
    **{"personality": (135, 92), "uselib": (134, 0), "_sysctl": (156, 0)},
    **{"iopl": (172, 0), "ioperm": (173, 0), "modify_ldt": (154, 0)},
    # memory that is in no process and no file system of bounded size
    **{"memfd_create": (319, 279), "vmsplice": (278, 75), "remap_file_pages": (216, 234)},
    **{"shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186)},
    **{"mq_open": (240, 180)},
}
CLONE, SOCKET, SOCKETPAIR, MMAP = (56, 220), (41, 198), (53, 199), (9, 222)
# From 424 on all architectures share their numbers. The other new ones (io_uring, mounts by
# descriptor, pidfd_getfd, memfd_secret, …) don't exist in a cage; neither does clone3, whose flags
# a filter can't read: glibc falls back to clone.
FIRST_NEW = 424
NEW = {
    **{"pidfd_send_signal": 424, "pidfd_open": 434, "close_range": 436, "openat2": 437},
    **{"faccessat2": 439, "epoll_pwait2": 441, "landlock_create_ruleset": 444},
    **{"landlock_add_rule": 445, "landlock_restrict_self": 446, "futex_waitv": 449},
    **{"cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454},
    **{"futex_wait": 455, "futex_requeue": 456, "mseal": 462, "setxattrat": 463},
    **{"getxattrat": 464, "listxattrat": 465, "removexattrat": 466},
}
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
SHARED_ANONYMOUS = 0x21  # MAP_SHARED | MAP_ANONYMOUS
AF_UNIX = 1

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
LOAD, AND, RETURN = 0x20, 0x54, 0x06
EQUAL, AT_LEAST, ANY_BIT = 0x15, 0x35, 0x45
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


def program(machine: str) -> bytes:
    """The filter for `machine`. Raises KeyError for an architecture without numbers here."""
    column, arch = MACHINES[machine]
    code: list[tuple[int, int, int, int]] = []  # operation, jump if true, jump if false, operand

    def add(operation: int, operand: int, yes: int = 0, no: int = 0) -> None:
        code.append((operation, yes, no, operand))

    def answer(number: int, verdict: int) -> None:
        add(EQUAL, number, 0, 1)
        add(RETURN, verdict)

    add(LOAD, 4)  # seccomp_data.arch: 32-bit calls on a 64-bit kernel have other numbers
    add(EQUAL, arch, 1, 0)
    add(RETURN, KILL)
    add(LOAD, 0)  # seccomp_data.nr
    add(AT_LEAST, FIRST_NEW, 0, 2 * len(NEW) + 1)  # x32's numbers are large, too
    for number in NEW.values():
        answer(number, ALLOW)
    add(RETURN, ENOSYS)
    for numbers in REFUSED.values():
        if numbers[column]:
            answer(numbers[column], EPERM)
    for call in (SOCKET, SOCKETPAIR):  # a network namespace doesn't hold AF_VSOCK
        add(EQUAL, call[column], 0, 4)
        add(LOAD, 16)  # low half of the first argument
        add(EQUAL, AF_UNIX, 0, 1)
        add(RETURN, ALLOW)
        add(RETURN, EPERM)
    add(EQUAL, CLONE[column], 0, 4)
    add(LOAD, 16)
    add(ANY_BIT, NEW_NAMESPACES, 0, 1)
    add(RETURN, EPERM)
    add(RETURN, ALLOW)
    add(EQUAL, MMAP[column], 0, 4)
    add(LOAD, 16 + 3 * 8)  # flags
    add(AND, SHARED_ANONYMOUS)
    add(EQUAL, SHARED_ANONYMOUS, 0, 1)
    add(RETURN, EPERM)
    add(RETURN, ALLOW)
    return b"".join(struct.pack("=HBBI", *line) for line in code)


def install() -> None:
    """Filter this process and all that it starts, for good. Needs no_new_privs."""
    code = program(platform.machine())
    buffer = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))  # struct sock_fprog
    libc = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_ulong(0), ctypes.c_ulong(0)]
    mode = ctypes.c_ulong(SECCOMP_MODE_FILTER)
    if libc.prctl(PR_SET_SECCOMP, mode, ctypes.create_string_buffer(header), *words):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
