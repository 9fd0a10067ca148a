"""Cages hold: each scenario runs for real, with root's rights and as an ordinary user.

A scenario is a function without arguments. It runs in a Python of its own, because a cage's parent
may have one thread only; `python tests/engine/test_cage.py NAME` runs one by hand.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from autograder.engine import cage as cages
from autograder.engine import confine, mounts, seccomp
from autograder.engine.cage import Cage, Limits, NoIsolation, can_isolate
from autograder.engine.usage import Watch

REPO = Path(__file__).resolve().parents[2]
NOBODY = 65534
SMALL = Limits(cpu=5, wall=20, memory=300 * 2**20, processes=12, disk=8 * 2**20, files=64)
PYTHON = [Path(folder).resolve() for folder in (sys.prefix, sys.base_prefix, REPO)]
pytestmark = [
    pytest.mark.skipif(platform.system() != "Linux", reason="cages need Linux"),
    pytest.mark.skipif(
        any(p.is_relative_to(place) for p in PYTHON for place in mounts.PRIVATE_PLACES),
        reason="this checkout lies where a cage has its own files: clone it elsewhere",
    ),
]


def scenario(function):
    """Make a pytest of a scenario, once as this user and, if that is root, once as nobody."""

    @pytest.mark.parametrize("user", ["self", "nobody"])
    def test(user):
        if user == "nobody" and os.geteuid() != 0:
            pytest.skip("this is an ordinary user already")
        command = [sys.executable, __file__, function.__name__]
        if user == "nobody":
            command = as_nobody(command)
        environment = os.environ | {"PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
        environment |= {"CAGE_SECRET": "s3cret", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, env=environment, cwd="/", capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr

    test.scenario = function
    test.__doc__ = function.__doc__
    test.__name__ = function.__name__
    return test


def as_nobody(command):
    """Run `command` as nobody, in a view of the machine where nobody may read Python and this.

    Folders that nobody may enter (/root, say) are covered, for this command only, by open ones
    that hold Python's folder and the repository.
    """
    needed = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), REPO]
    closed = {}
    for path in needed:
        for above in reversed(path.parents):
            if not above.stat().st_mode & 0o001:
                closed.setdefault(above, []).append(path)
                break
    steps = ["set -e", "mount --make-rprivate /"]
    for top, inner in closed.items():
        for number, path in enumerate(inner):
            steps += [f"K{number}=$(mktemp -d)", f"mount --bind '{path}' $K{number}"]
        steps.append(f"mount -t tmpfs -o mode=755 open '{top}'")
        for number, path in enumerate(inner):
            steps += [
                f"mkdir -p '{path}'",
                f"mount --move $K{number} '{path}'",
                f"rmdir $K{number}",
            ]
    user = f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"
    return ["unshare", "-m", "sh", "-c", "; ".join([*steps, f'exec {user} "$@"']), "sh", *command]


def send_result(sock, function):
    try:
        answer = function()
    except BaseException as error:
        answer = f"{type(error).__name__}: {error}"
    sock.sendall(json.dumps(answer).encode())


def inside(function, **options):
    """What `function` returns when called in a cage."""
    with Cage(lambda sock: send_result(sock, function), **{"limits": SMALL} | options) as cage:
        return json.loads(read_all(cage.sock))


def read_all(sock, seconds=60):
    sock.settimeout(seconds)
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65536):
            data += part
    return data


def failure(function, *arguments):
    """The name of the errno that a call fails with, or what it returned."""
    try:
        return repr(function(*arguments))
    except OSError as error:
        return errno.errorcode[error.errno]


def tree(pid):
    """The numbers of a process and its descendants, from the host's side."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parents[int(name)] = int(
                Path(f"/proc/{name}/stat").read_text().split(")")[1].split()[1]
            )
    found = {pid}
    while more := {p for p, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def gone(pids, seconds=3.0):
    end = time.monotonic() + seconds
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


# What can be seen


@scenario
def test_sees_the_system_python_and_greenlab_only():
    with tempfile.NamedTemporaryFile(prefix="others-") as other:

        def look():
            paths = ["solutions", "autograder", "tests", ".git", "labs", "pyproject.toml"]
            paths = [str(REPO / p) for p in paths] + [other.name, "/etc/shadow", "/var", "/run"]
            paths += ["/srv", "/sys", "/mnt", "/.old", "/.disk", "/dev/zero", "/etc/ssl"]
            return {
                "there": [p for p in paths if os.path.lexists(p)],
                "repository": sorted(os.listdir(REPO)),
                "homes": os.listdir("/home"),
                "mine": os.listdir("/home/student") + os.listdir(".") + os.listdir("/tmp"),
                "greenlab": __import__("greenlab").__file__,
                "here": os.getcwd(),
                "mounts": Path("/proc/self/mountinfo").read_text(),
            }

        seen = inside(look)
    assert seen["there"] == []
    assert set(seen["repository"]) <= {"greenlab", Path(sys.prefix).name}
    assert seen["homes"] == ["student"]
    assert seen["mine"] == ["work"]
    assert Path(seen["greenlab"]).is_relative_to(REPO / "greenlab")
    assert seen["here"] == mounts.WORK
    rows = [line.split() for line in seen["mounts"].splitlines()]
    writable = {row[4] for row in rows if row[5].startswith("rw")}
    assert {p for p in writable if not p.startswith("/proc/")} == {
        *("/dev/shm", "/home/student", "/tmp"),
    }


@scenario
def test_a_hidden_folder_inside_a_shown_one_is_covered():
    hidden = next(Path(sys.prefix).glob("lib/python3*/site-packages/pip"))
    seen = inside(lambda: [os.listdir(hidden), failure((hidden / "x").touch)], hide=[hidden])
    assert seen == [[], "EROFS"]


@scenario
def test_nothing_outside_can_be_written():
    folders = [
        "/",
        "/usr",
        "/etc",
        "/dev",
        "/home",
        sys.prefix,
        sys.base_prefix,
        str(REPO / "greenlab"),
    ]
    files = [Path(f, "written-from-inside") for f in folders]
    files += [
        Path(p) for p in ("/proc/sys/kernel/hostname", "/proc/self/uid_map", "/proc/self/mem")
    ]

    def attempt():
        return {str(p): failure(p.write_text, "x") for p in files} | {
            "chmod": failure(os.chmod, "/home", 0o777),
            "remove": failure(os.remove, REPO / "greenlab/__init__.py"),
        }

    results = inside(attempt)
    assert set(results.values()) <= {"EROFS", "EACCES", "EPERM"}, results
    assert not any(p.exists() for p in files if p.name == "written-from-inside")


@scenario
def test_host_processes_are_invisible_and_out_of_reach():
    host = os.getpid()

    def attempt():
        pids = [int(n) for n in os.listdir("/proc") if n.isdigit()]
        kills = [
            failure(os.kill, p, signal.SIGKILL) for p in {host, os.getppid()} - {1, os.getpid()}
        ]
        return [sorted(pids), os.getpid(), kills, failure(os.kill, 1, signal.SIGKILL), os.getppid()]

    pids, own, kills, init, parent = inside(attempt)
    assert pids == [1, own]
    assert parent == 1
    assert set(kills) <= {"ESRCH"}
    assert init == "None"  # sent, and ignored: we are here


@scenario
def test_nothing_of_the_hosts_environment_and_arguments():
    def look():
        init = failure(Path("/proc/1/environ").read_bytes)
        files = [Path(f"/proc/self/{n}").read_bytes().decode() for n in ("environ", "cmdline")]
        return [dict(os.environ), "".join(files).strip("\0"), sys.argv, sys.orig_argv, init]

    assert os.environ["CAGE_SECRET"] == "s3cret"
    environment, memory, *arguments, init = inside(look)
    assert set(environment) == {
        *("HOME", "PATH", "LANG", "USER", "PYTHONHASHSEED", "MPLBACKEND", "MPLCONFIGDIR"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GREENLAB_DEVICE", "GREENLAB_SCALE"),
    }
    assert memory == ""
    assert arguments == [[""], [""]]
    assert init == "EACCES"


@scenario
def test_no_descriptor_but_the_sockets():
    kept = [open(__file__), socket.socket(), os.pipe(), os.open("/", os.O_RDONLY)]  # noqa: SIM115

    def look():
        links = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
        return sorted(os.readlink(p) for p in links if os.path.lexists(p))  # not listdir's own

    first = inside(look)
    assert first[:3] == ["/dev/null"] * 3
    assert len(first) == 4
    assert first[3].startswith("socket:")
    assert kept


# What can be done


@scenario
def test_no_rights_at_all():
    def look():
        status = Path("/proc/self/status").read_text().splitlines()
        rows = dict(line.split(":\t") for line in status if ":\t" in line)
        become = [failure(os.setuid, 0), failure(os.setgroups, [0])]
        return {**rows, "uid": os.getuid(), "groups": os.getgroups(), "become": become}

    seen = inside(look)
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(seen[kind], 16) == 0
    assert seen["NoNewPrivs"] == "1"
    assert seen["Seccomp"] == "2"
    assert seen["uid"] != 0
    assert set(seen["groups"]) <= ({NOBODY} if os.geteuid() else set())
    assert set(seen["become"]) <= {"EPERM", "EINVAL"}


@scenario
def test_dangerous_system_calls_are_refused():
    column = seccomp.MACHINES[platform.machine()][0]

    def attempt():
        libc = ctypes.CDLL(None, use_errno=True)

        def call(number, *arguments):
            if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) >= 0:
                return "done"
            return errno.errorcode[ctypes.get_errno()]

        known = {n: call(v[column], 0, 0, 0, 0) for n, v in seccomp.REFUSED.items() if v[column]}
        namespaces = (0x20000, *(1 << bit for bit in range(25, 31)))
        unshared = [call(seccomp.CLONE[column], flag | signal.SIGCHLD) for flag in namespaces]
        new = [
            call(number, 0, 0, 0, 0) for number in (425, 428, 435, 438, 442, 447, 470, 0x40000001)
        ]
        private = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        private.write(b"x")
        shared = failure(mmap.mmap, -1, 4096)
        return [known, unshared, new, shared, failure(open, "/proc/1/mem")]

    known, unshared, new, shared, memory = inside(attempt)
    assert set(known.values()) == {"EPERM"}, known
    assert set(unshared) == {"EPERM"}
    assert set(new) == {"ENOSYS"}
    assert shared == "EPERM"
    assert memory == "EACCES"


@scenario
def test_no_network_and_no_socket_of_the_hosts():
    listener = socket.socket(socket.AF_UNIX)
    name = f"\0greenlab-cage-test-{os.getpid()}"
    listener.bind(name)
    listener.listen()

    def attempt():
        families = {n: getattr(socket, n) for n in dir(socket) if n.startswith("AF_")}
        refused = {n: failure(socket.socket, f) for n, f in families.items() if f != socket.AF_UNIX}
        with socket.socket(socket.AF_UNIX) as client:
            reached = failure(client.connect, name)
        import asyncio

        return [refused, reached, asyncio.run(asyncio.sleep(0, "loops"))]

    refused, reached, asynchronous = inside(attempt)
    assert set(refused.values()) == {"EPERM"}
    assert reached == "ECONNREFUSED"
    assert asynchronous == "loops"


@scenario
def test_a_fork_bomb_is_bounded_and_dies():
    def bomb(sock):
        made = 0
        for _ in range(40):  # our own bound, should the cage's fail
            try:
                if os.fork() == 0:
                    time.sleep(60)
                made += 1
            except BlockingIOError:
                break
        sock.sendall(str(made).encode())
        time.sleep(60)

    with Cage(bomb, SMALL) as cage, Cage(bomb, SMALL) as other:
        counts = [int(c.sock.recv(10)) for c in (cage, other)]
        assert counts == [SMALL.processes - 1] * 2  # each has a count of its own
        assert cage.usage().processes == SMALL.processes
        pids = tree(cage.pid) | tree(other.pid)
    assert len(pids) == 2 * (SMALL.processes + 1)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


@scenario
def test_daemons_and_the_stubborn_die():
    def daemon(sock):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                sock.sendall(b"x")
                time.sleep(60)
            os._exit(0)
        os.wait()
        time.sleep(60)

    with Cage(daemon, SMALL) as cage:
        assert cage.sock.recv(1) == b"x"
        time.sleep(0.05)
        pids = tree(cage.pid)
        assert len(pids) == 3
        assert cage.usage().processes == 2
        assert cage.alive()
    assert not cage.alive()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    cage.kill()


@scenario
def test_an_end_by_any_means_closes_the_socket():
    ends = [lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: None]
    ends += [lambda: ctypes.string_at(0), os.abort, lambda: os.kill(-1, signal.SIGKILL), sys.exit]
    for end in ends:

        def serve(sock, end=end):
            if os.fork() == 0:  # holds the socket, too
                time.sleep(60)
            sock.sendall(b"x")
            end()

        with Cage(serve, SMALL) as cage:
            pids = tree(cage.pid)
            assert read_all(cage.sock, 5) == b"x"
            cage.sock.close()
            assert gone(pids - {cage.pid})
            time.sleep(0.05)
            assert not cage.alive()


@scenario
def test_a_killed_parent_takes_its_cage_along():
    ours, theirs = socket.socketpair()
    parent = os.fork()
    if parent == 0:
        cage = Cage(lambda sock: time.sleep(60), SMALL)
        theirs.sendall(b"%d" % cage.pid)
        time.sleep(60)
    pid = int(ours.recv(20))
    time.sleep(0.05)
    pids = tree(pid)
    assert len(pids) == 2
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert gone(pids)


# Limits


@scenario
def test_disk_is_bounded_over_all_places():
    def fill():
        results, written = [], 0
        for place in (".", "/tmp", "/dev/shm", "/home/student"):
            try:
                for number in range(500):
                    with open(f"{place}/{number}", "wb", buffering=0) as file:
                        written += file.write(bytes(2**20))
            except OSError as error:
                results.append(errno.errorcode[error.errno])
        with open("/tmp/0", "wb") as file:
            results.append(failure(os.posix_fallocate, file.fileno(), 0, 500 * 2**20))
        return [results, written]

    results, written = inside(fill)
    assert set(results) <= {"ENOSPC", "EFBIG"}
    assert len(results) == 5
    assert written <= SMALL.disk


@scenario
def test_memory_is_summed_over_the_tree():
    def hog(sock):
        os.fork()
        sock.sendall(b"x")
        kept = []
        while True:
            kept.append(bytearray(b"x" * 2**20))
            time.sleep(0.001)
            if len(kept) == 200:  # 400 MB in all
                time.sleep(60)

    with Cage(hog, SMALL) as cage:
        began, since = time.monotonic(), cage.usage()
        assert cage.over(since, began) is None
        while (reason := cage.over(since, began)) is None:
            time.sleep(0.02)
        assert reason == "more than 300 MB of memory"

    def alone():
        try:
            return len(bytearray(SMALL.memory + 2**20))
        except MemoryError:
            return "MemoryError"

    assert inside(alone) == "MemoryError"


@scenario
def test_memory_shared_by_forks_counts_once():
    def serve(sock):
        kept = bytearray(b"x" * (100 * 2**20))
        for _ in range(5):
            if os.fork() == 0:
                time.sleep(60)
        sock.sendall(bytes([kept[0]]))
        time.sleep(60)

    with Cage(serve, SMALL) as cage:
        assert cage.sock.recv(1) == b"x"
        time.sleep(0.05)
        assert 90 * 2**20 < cage.usage().memory < 200 * 2**20


@scenario
def test_cpu_of_all_descendants_counts():
    def serve(sock):
        sock.recv(1)
        if os.fork() == 0:
            if os.fork() == 0:  # a grandchild whose parent waits
                burn(0.3)
                os._exit(0)
            os.wait()
            os._exit(0)
        os.wait()
        if os.fork() == 0:  # an orphan
            if os.fork() == 0:
                burn(0.3)
            os._exit(0)
        os.wait()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody is told of these ones' time
        for _ in range(2):
            if os.fork() == 0:
                burn(0.5)
                os._exit(0)
            with contextlib.suppress(ChildProcessError):
                os.wait()
        sock.sendall(b"x")
        sock.recv(1)

    with Cage(serve, SMALL) as cage:
        since, began = cage.usage(), time.monotonic()
        cage.sock.sendall(b"x")
        cage.sock.settimeout(0.05)
        while True:
            with contextlib.suppress(TimeoutError):
                if cage.sock.recv(1):
                    break
            assert cage.over(since, began) is None
        assert 1.3 < cage.usage().cpu - since.cpu < 3
        watch = Watch(cage.pid, Limits(cpu=0.1), cage.proc)
        assert watch.over(since, began) == "more than 0.1 seconds of CPU time"
        patient = Watch(cage.pid, Limits(wall=0.1), cage.proc)
        assert patient.over(since, began) == "more than 0.1 seconds"


@scenario
def test_limits_of_a_process():
    def look():
        files = []
        with contextlib.suppress(OSError):
            while True:
                files.append(os.open("/dev/null", os.O_RDONLY))
        return [len(files), resource.getrlimit(resource.RLIMIT_CORE), os.umask(0)]

    count, core, mask = inside(look)
    assert SMALL.files - 5 < count < SMALL.files
    assert core == [1, 1]
    assert mask == 0o077


# What must work


@scenario
def test_files_come_along_but_links_do_not():
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))  # many folders are slow on some disks
    try:
        (folder / "lab.ipynb").write_text("{}")
        (folder / "data").mkdir()
        (folder / "data/points.csv").write_text("1,2")
        (folder / "link").symlink_to("/etc/passwd")
        (folder / "folder").symlink_to("/")
        os.mkfifo(folder / "pipe")
        (folder / "large").write_bytes(bytes(SMALL.disk))
        os.chmod(folder / "data/points.csv", 0o000 if os.geteuid() == 0 else 0o444)

        def look():
            Path("data/new").write_text("mine")
            Path("lab.ipynb").write_text("[]")
            names = sorted(str(p) for p in Path(".").rglob("*"))
            return [*names, Path("data/points.csv").read_text()]

        assert inside(look, files=folder) == [
            *("data", "data/new", "data/points.csv", "lab.ipynb"),
            "1,2",
        ]
        assert (folder / "lab.ipynb").read_text() == "{}"
        assert inside(lambda: os.listdir("."), files=folder / "missing") == []
        for number in range(300):
            (folder / f"many{number}").mkdir()
        deep = os.open(folder, os.O_RDONLY)
        for _ in range(1500):  # too deep for Python's recursion, and for a path
            os.mkdir("deep", dir_fd=deep)
            deep, above = os.open("deep", os.O_RDONLY, dir_fd=deep), deep
            os.close(above)
        os.close(deep)
        mounts.COPIED_FILES = 100
        assert inside(lambda: len(os.listdir(".")), files=folder) == 100
    finally:
        subprocess.run(["rm", "-r", folder], check=True)  # shutil can't go that deep


@scenario
def test_torch_trains_and_the_rest_imports():
    import torch

    torch.set_num_threads(1)
    torch.nn.Linear(2, 2)(torch.zeros(1, 2)).sum().backward()  # a parent that has used autograd

    def work():
        model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
        optimizer = torch.optim.Adam(model.parameters())
        x = torch.randn(256, 8)
        losses = []
        for _ in range(50):
            loss = (model(x)[:, 0] - x.sum(1)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        import matplotlib.pyplot as plt

        plt.plot(losses)
        plt.savefig("loss.png")
        from IPython.core.interactiveshell import InteractiveShell

        shell = InteractiveShell.instance()
        shell.run_cell("answer = 6 * 7")
        import sklearn.linear_model

        fit = sklearn.linear_model.LinearRegression().fit(x.numpy(), x.sum(1).numpy())
        sizes = Path("loss.png").stat().st_size
        return [
            losses[-1] < losses[0],
            shell.user_ns["answer"],
            round(float(fit.coef_[0])),
            sizes > 1000,
        ]

    limits = Limits(memory=2**30)
    assert inside(work, limits=limits) == [True, 42, 1, True]


@scenario
def test_processes_of_the_students_own_work():
    def work():
        import multiprocessing
        import sqlite3
        from multiprocessing import shared_memory

        code = "import greenlab, hashlib, os; print(os.getcwd())"
        python = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        shell = subprocess.run("echo $HOME; id -un", shell=True, capture_output=True, text=True)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            squares = pool.map(abs, [-1, 2])
        block = shared_memory.SharedMemory(create=True, size=100)
        block.close()
        block.unlink()
        sqlite3.connect("x.db").execute("create table t (x)")
        callback = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)
        return [
            python.stdout,
            python.stderr,
            shell.stdout,
            squares,
            callback(),
            os.uname().nodename,
        ]

    assert inside(work) == [f"{mounts.WORK}\n", "", "/home/student\nstudent\n", [1, 2], 7, "box"]


@scenario
def test_many_cages_leave_nothing():
    def state():
        mounted = Path("/proc/self/mountinfo").read_text().count("\n")
        temporary = [n for n in os.listdir(tempfile.gettempdir()) if n.startswith("box-")]
        return mounted, len(tree(os.getpid())), len(os.listdir("/proc/self/fd")), temporary

    before = state()
    for _ in range(30):
        assert inside(lambda: 1) == 1
    assert inside(lambda: 1, isolate=False) == 1
    assert state() == before


@scenario
def test_without_isolation_it_still_ends():
    def serve(sock):
        Path("mine").write_text("x")
        if os.fork() == 0:
            time.sleep(60)
        sock.sendall(
            json.dumps([os.getcwd(), os.environ["HOME"], "CAGE_SECRET" in os.environ]).encode()
        )
        burn(60)

    with Cage(serve, SMALL, isolate=False) as cage:
        work, home, secret = json.loads(cage.sock.recv(1000))
        pids = tree(cage.pid)
        assert len(pids) == 2
        began, since = time.monotonic(), cage.usage()
        time.sleep(0.3)
        assert cage.usage().cpu > since.cpu
        assert cage.usage().processes == 2
        assert cage.over(since, began) is None
        assert os.path.isfile(work + "/mine")
    assert work == home + "/work"
    assert not secret
    assert gone(pids)
    assert not os.path.exists(home)


@scenario
def test_refusals_are_one_sentence():
    def sentence(patched, name, value):
        kept = getattr(patched, name)
        setattr(patched, name, value)
        try:
            can_isolate()
        except NoIsolation as error:
            return str(error)
        finally:
            setattr(patched, name, kept)
        raise AssertionError("not refused")

    def forbidden(root):
        raise OSError(errno.ENOSPC, "No space left on device")

    can_isolate()
    assert "Linux, not Darwin" in sentence(cages.platform, "system", lambda: "Darwin")
    assert "x86_64 or aarch64" in sentence(cages.platform, "machine", lambda: "riscv64")
    assert "user.max_user_namespaces" in sentence(confine, "fork", forbidden)
    assert "ZeroDivisionError" in sentence(mounts, "make_root", lambda *rest: 1 / 0)
    inner = Path(sys.prefix).resolve()
    assert "install elsewhere" in sentence(mounts, "PRIVATE_PLACES", (inner,))
    assert "make the environment elsewhere" in sentence(mounts, "HIDDEN", [inner])


if __name__ == "__main__":
    globals()[sys.argv[1]].scenario()
