"""The whole way: a warm parent, a judge a submission, cages for the students' cells."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from autograder import ROOT, SOLUTIONS
from autograder.engine import child, warm
from autograder.engine.cage import NoIsolation, can_isolate
from autograder.engine.judge import Cell
from autograder.engine.nursery import READY, Nursery, NurseryError, command
from autograder.solve import solved

MODULES = ("torch", "greenlab.train", "greenlab.widgets", "greenlab.plots.distillation")


def isolates():
    if (pid := os.fork()) == 0:  # pytest's workers have threads; a cage's parent has one
        try:
            can_isolate()
        except (NoIsolation, RuntimeError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


@pytest.fixture(scope="module")
def nursery():
    if not isolates():
        pytest.skip("this machine makes no cages")
    with Nursery(modules=MODULES) as nursery:
        yield nursery


LIMITS = {"cpu": 10.0, "wall": 60.0, "memory": 2 * 2**30}
HONEST = ("run", "def double(x):\n    return 2 * x")
TEST = ("test", "assert double(4) == 8, 'not twice'")


def grade(nursery, *cells, **changes):
    made = [
        Cell(f"c{i}", kind, source, 2.0 if kind == "test" else 0.0)
        for i, (kind, source) in enumerate(cells)
    ]
    return nursery.grade(made, **(LIMITS | changes))


def scores(verdicts):
    return [v["score"] for v in verdicts if v["score"] is not None]


@pytest.mark.parametrize("lab", sorted(path.stem for path in SOLUTIONS.glob("lab*.py")))
def test_the_solved_lab_scores_full_and_leaves_what_a_student_would_see(nursery, lab):
    cells = []
    for c in solved(SOLUTIONS / f"{lab}.py").cells:
        role = c.metadata.get("greenlab", {}).get("role")
        if c.cell_type == "code" and role != "explore":
            kind = "test" if role == "tests" else "run"
            points = float(c.metadata.get("nbgrader", {}).get("points", 0))
            given = c.source if role == "given" else ""
            cells.append(Cell(c.id, kind, c.source, points, given))
    verdicts = nursery.grade(cells, **LIMITS)
    for cell, verdict in zip(cells, verdicts, strict=True):
        assert verdict["error"] is None, (cell.id, verdict["error"])
        assert verdict["score"] == (cell.points if cell.kind == "test" else None)
    printed = verdicts[0]["outputs"][0]["text"]
    assert printed.startswith("greenlab: seed 0")


HOSTILE = {
    "endless loop": "while True: pass",
    "endless loop in C": "sum(iter(int, 1))",
    "ignores signals": "import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True: pass",
    "leaves": "import os; os._exit(0)",
    "kills its parent": "import os; os.kill(os.getppid(), 9)",
    "kills all": "import os; os.kill(-1, 9)",
    "eats memory": "x = []\nwhile True: x.append(bytearray(2**26))",
    "fills the disk": "open('big', 'wb').write(bytes(2**29))",
    "prints": "for _ in range(1000): print('x' * 100_000)",
    "forks": "import os, time\nfor _ in range(80):\n    if os.fork() == 0:\n"
    "        time.sleep(30); os._exit(0)",
    "daemon": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:"
    " time.sleep(60)\n    os._exit(0)",
    "patches asserts": "import builtins\nbuiltins.AssertionError = type('A', (Exception,), {})",
    "equals everything": "class Yes:\n    __eq__ = lambda s, o: True\ntriple = lambda x: Yes()",
    "network": "import socket\nsocket.create_connection(('127.0.0.1', 80), 1)",
    "input": "input()",
    "exits": "import sys; sys.exit()",
    "deletes": "import shutil\nshutil.rmtree('/', ignore_errors=True)",
    "restricts": "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_cells_cost_nobody_a_point_and_win_none(nursery, name):
    wrong = ("run", "def triple(x):\n    return x")
    test = ("test", "assert triple(2) == 6, 'not three times'")
    hostile = ("run", HOSTILE[name])
    verdicts = grade(nursery, HONEST, wrong, hostile, TEST, test, cpu=2.0, wall=20.0)
    assert scores(verdicts) == [2.0, 0.0]
    assert scores(grade(nursery, HONEST, TEST)) == [2.0]  # a classmate, after


LOOK = """def look(course):
    import gc, os
    needle = 'd1c5-yranac'[::-1]
    environment = open('/proc/self/environ', 'rb').read().strip(bytes(1)).decode()
    there = [path for path in course if os.path.exists(path)]
    holders = [o for o in gc.get_objects() if isinstance(o, (list, dict, tuple))]
    texts = [t for o in holders for t in (o.values() if isinstance(o, dict) else o)]
    told = [t for t in texts if isinstance(t, str) and needle in t and t is not needle]
    return environment, there, told"""


def test_the_box_sees_no_test_no_course_and_no_environment(nursery):
    course = [str(ROOT / name) for name in ("solutions", "autograder", "labs", "README.md")]
    test = ("test", f"secret = 'canary-5c1d'\nassert look({course}) == ('', [], [])")
    verdict = grade(nursery, ("run", LOOK), test)[-1]
    assert verdict["score"] == 2.0, verdict


def test_files_of_the_submission_are_there(nursery, tmp_path):
    (tmp_path / "data.txt").write_text("forty-two")
    (tmp_path / "link").symlink_to("/etc/passwd")
    cells = [
        Cell("a", "run", "import os\ntext, names = open('data.txt').read(), os.listdir('.')"),
        Cell("b", "test", "assert (text, names) == ('forty-two', ['data.txt'])", 1.0),
    ]
    assert nursery.grade(cells, tmp_path, **LIMITS)[-1]["score"] == 1.0


def test_own_modules_are_found_in_the_box_and_the_courses_in_the_judge(nursery, tmp_path):
    for name, value in (("theirs", 1), ("ours", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tests.py").write_text(f"value = {value}")  # as a folder of ours
        (tmp_path / name / "data.txt").write_text(name)
    text = "import tests\nmine = tests.value, open('data.txt').read()"
    cells = [
        Cell("a", "run", text),
        Cell("b", "run", text, given=text.replace("mine", "own")),
        Cell("c", "test", "assert (mine, own) == ((1, 'theirs'), (2, 'ours'))", 1.0),
    ]
    files, place = tmp_path / "theirs", tmp_path / "ours"
    verdict = nursery.grade(cells, files, place, **LIMITS)[-1]
    assert verdict["score"] == 1.0, verdict


def test_what_a_first_use_loads_works_in_a_fork(nursery):
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    steps = [("run", figure), ("run", "import os\nos.environ['MPLBACKEND']"), ("run", "In")]
    shown, backend, cells = grade(nursery, *steps)
    assert sorted(shown["outputs"][0]["data"]) == ["image/png", "text/plain"]
    assert backend["outputs"][0]["data"]["text/plain"] == repr(child.ENVIRONMENT["MPLBACKEND"])
    assert cells["outputs"][0]["data"]["text/plain"].count("import") == 2  # none from before


# a judge that its test takes too far


ASTRAY = {
    "an endless loop": "while True: pass",
    "one that catches all": "while True:\n    try: double(1)\n    except Exception: pass",
    "an endless step": "sum(iter(int, 1))",
    "waits": "import time; time.sleep(60)",
    "memory": "x = []\nwhile True: x.append(bytearray(2**26))",
    "ends": "import os; os._exit(0)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "exits": "raise SystemExit",
    "endless iterator": "for x in forever(): pass",
}


@pytest.mark.parametrize("name", ASTRAY)
def test_a_test_that_goes_astray_costs_its_own_points(nursery, name):
    forever = ("run", "import itertools\nforever = itertools.count")
    cells = (HONEST, forever, TEST, ("test", ASTRAY[name]), TEST)
    verdicts = grade(nursery, *cells, cpu=1.0, wall=3.0)
    assert scores(verdicts) == [2.0, 0.0, 2.0]
    assert verdicts[3]["error"]
    assert verdicts[3]["outputs"][-1]["output_type"] == "error"


# the service


def test_several_at_once(nursery):
    def one(number):
        honest = ("run", f"import time\ntime.sleep(0.05)\nmine = lambda: {number}")
        cells = [honest, ("test", f"assert mine() == {number}")]
        if number % 4 == 3:
            cells.insert(0, ("run", "import os; os._exit(1)"))
        return scores(grade(nursery, *cells))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, range(16))) == [[2.0]] * 16


def test_a_dead_nursery_is_told():
    with Nursery(isolate=False) as nursery:
        nursery.wait_ready()
        waiting = ThreadPoolExecutor(1).submit(
            grade, nursery, ("run", "import time; time.sleep(60)")
        )
        wait_for(lambda: len(tree(nursery.process.pid)) == 3)
        nursery.process.kill()
        with pytest.raises(NurseryError, match="died"):
            waiting.result(30)
        with pytest.raises(NurseryError, match="died"):
            grade(nursery, HONEST)
    with pytest.raises(NurseryError):
        grade(nursery, HONEST)


def test_what_is_no_fault_of_the_submission_is_told(nursery, tmp_path):
    with pytest.raises(NurseryError, match="FileNotFoundError"):
        nursery.grade([Cell("a", "run", "1")], place=tmp_path / "missing", **LIMITS)
    with pytest.raises(NurseryError, match="no box: No cage could be made"):
        nursery.grade([Cell("a", "run", "1")], **LIMITS | {"disk": -1})
    assert scores(grade(nursery, HONEST, TEST)) == [2.0]


def test_one_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Nursery() as nursery, pytest.raises(NurseryError, match="did not start"):
        grade(nursery, HONEST)


def test_closing_ends_who_waits_and_all_processes(nursery):
    with Nursery() as other:
        waiting = ThreadPoolExecutor(1).submit(grade, other, ("run", "while True: pass"))
        wait_for(lambda: len(tree(other.process.pid)) == 4)  # itself, the judge, the box's two
        pids = tree(other.process.pid)
    with pytest.raises(NurseryError):
        waiting.result(30)
    wait_for(lambda: not any(map(alive, pids)))
    with Nursery() as cold:
        pass
    assert cold.process.returncode is not None


COORDINATOR = """
import sys
from autograder.engine.judge import Cell
from autograder.engine.nursery import Nursery
with Nursery(isolate=sys.argv[1] == "box") as nursery:
    nursery.wait_ready()
    print(nursery.process.pid, flush=True)
    nursery.grade([Cell("a", "run", "import time; time.sleep(600)")], wall=600.0)
"""


@pytest.mark.parametrize("isolation", ["box", "none"])
def test_all_die_with_a_killed_coordinator(nursery, isolation):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    coordinator = subprocess.Popen(
        [sys.executable, "-c", COORDINATOR, isolation], env=environment, stdout=subprocess.PIPE
    )
    pid = int(coordinator.stdout.readline())
    wait_for(lambda: len(tree(pid)) == (4 if isolation == "box" else 3))
    pids = tree(pid)
    assert os.getsid(pid) != os.getsid(coordinator.pid)  # Ctrl-C is the coordinator's alone
    coordinator.kill()
    coordinator.communicate()
    wait_for(lambda: not any(map(alive, pids)))


def test_a_machine_that_cannot_isolate_is_told_in_a_sentence():
    code = COORDINATOR.replace("    nursery.wait_ready()\n", "    threads = 1\n")
    if os.geteuid() != 0:
        pytest.skip("takes root's rights away")
    done = subprocess.run(
        ["setpriv", "--bounding-set=-sys_admin", sys.executable, "-c", code, "box"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "NoIsolation: Root without the right to make namespaces" in done.stderr


def test_a_module_that_starts_threads_is_left_to_the_box(tmp_path):
    (tmp_path / "eager.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
    )
    ours, theirs = socket.socketpair()
    started = subprocess.Popen(
        command(theirs.fileno(), False, ["eager", "json", "no_such_module"]), cwd="/",
        env=child.ENVIRONMENT | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}, pass_fds=[theirs.fileno()],
    )  # fmt: skip
    theirs.close()
    assert ours.recv(1) == READY
    words = Path(f"/proc/{started.pid}/cmdline").read_text().split("\0")
    assert "json" in words
    assert "eager" not in words
    assert len(os.listdir(f"/proc/{started.pid}/task")) == 1
    ours.close()
    started.wait(10)


def test_only_installed_modules_are_loaded_early():
    assert [name for name in ("numpy.random", "json", "greenlab.data", "tests", "autograder",
                              "solutions", "nowhere", "..") if warm.installed(name)] == [
        "numpy.random", "json", "greenlab.data"
    ]  # fmt: skip


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def alive(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def tree(pid):
    """A process and its descendants."""
    found = {pid}
    with suppress(OSError):
        for inner in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found |= tree(int(inner))
    return found
