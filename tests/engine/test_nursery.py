"""The whole way: a warm parent, a judge a submission, cages for the students' cells."""

import os
import time
from pathlib import Path

import pytest

from autograder import ROOT, SOLUTIONS
from autograder.engine.cage import NoIsolation, can_isolate
from autograder.engine.judge import Cell
from autograder.engine.nursery import Nursery, NurseryError
from autograder.solve import solved


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
    with Nursery() as warm:
        yield warm


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


def test_a_dead_nursery_is_told():
    with Nursery(isolate=False) as warm:
        warm.process.kill()
        warm.process.wait()
        with pytest.raises(NurseryError):
            warm.grade([Cell("a", "run", "1")], **LIMITS)


def test_nothing_outlives_the_nursery(nursery):
    marker = "import time\nname = 'outlives-the-nursery'\ntime.sleep(0)"
    with Nursery() as warm:
        grade(warm, ("run", marker), HONEST, TEST)
        children = Path(f"/proc/{warm.process.pid}/task/{warm.process.pid}/children")
        pids = children.read_text().split() if children.exists() else []
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
