"""Branches of a solved run: each must get what the same notebook gets when graded alone."""

from dataclasses import replace

import pytest

from autograder.engine.judge import Cell
from autograder.engine.nursery import SOLVED, Nursery
from tests.engine.test_nursery import isolates

LIMITS = {"cpu": 2.0, "wall": 20.0, "memory": 2 * 2**30}
LAB = [
    Cell("setup", "run", "import numpy as np\nbase = np.arange(3)", given="base = [0, 1, 2]"),
    Cell("double", "run", "def double(x):\n    print('twice', x)\n    return 2 * x"),
    Cell("tests_double", "test", "assert double(4) == 8, f'{double(4)} is not 8'", 2.0),
    Cell("more", "run", "calls = []\ndouble(3)"),
    Cell(
        "count",
        "run",
        "def count(x):\n    open('log', 'a').write('x')\n    calls.append(x)\n"
        "    return len(calls)",
    ),
    Cell(
        "tests_count",
        "test",
        "assert [count(0), count(1)] == [1, 2]\nassert len(base) == 3\nassert double(1) == 2",
        3.0,
    ),
    Cell("draws", "run", "np.random.rand(), len(open('log').read()), len(calls)"),
    Cell("both", "run", "def both(x):\n    return count(double(x))"),
    Cell("tests_both", "test", "both(1)\ncalled = calls\nassert called[-1] == 2", 1.0),
]
CHANGES = {
    "right": ("double", "double = lambda x: x + x", None),
    "wrong": ("double", "def double(x):\n    return 3 * x", None),
    "up to its test": ("double", "def double(x):\n    return x", "tests_double"),
    "no code": ("double", "def double(x):", None),
    "only itself": ("more", "1 / 0", "more"),
    "ends its process": ("more", "import os\nos._exit(1)", None),
    "ends it when called": ("count", "import os\ndef count(x):\n    os._exit(1)", None),
    "loops": ("count", "def count(x):\n    while True: pass", "tests_count"),
    "leaves a file": ("count", "open('log', 'w').write('123')\ncount = calls.append", None),
    "leaves a process": (
        "count",
        "import os, time\nif os.fork() == 0:\n    time.sleep(60)\ncount = lambda x: x + 1",
        None,
    ),
    "at the end": ("both", "def both(x):\n    return calls[99]", None),
}


@pytest.fixture(scope="module")
def nursery():
    if not isolates():
        pytest.skip("this machine makes no cages")
    with Nursery(modules=["numpy"]) as warm:
        yield warm


def changed(name):
    """The lab with a change, and where it is."""
    place, source, last = CHANGES[name]
    ids = [cell.id for cell in LAB]
    first, end = ids.index(place), ids.index(last) + 1 if last else len(ids)
    return [replace(c, source=source) if c.id == place else c for c in LAB[:end]], first


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_branch_is_graded_as_its_notebook_alone(nursery, jobs):
    found = nursery.branches(LAB, CHANGES, jobs=jobs, **LIMITS)
    assert found.keys() == {SOLVED, *CHANGES}
    assert found.pop(SOLVED) == nursery.grade(LAB, **LIMITS)
    for name, verdicts in found.items():
        cells, first = changed(name)
        assert verdicts == nursery.grade(cells, **LIMITS)[first:], name
    assert [v["score"] for v in found["wrong"]] == [None, 0.0, None, None, 0.0, None, None, 0.0]


def test_a_branch_that_ends_the_solved_run_hurts_no_other(nursery):
    hostile = ("double", "import os\nos.kill(-1, 9)", None)  # the box that it is forked from, too
    names = ("right", "wrong", "loops")
    found = nursery.branches(LAB, {"bad": hostile} | {n: CHANGES[n] for n in names}, **LIMITS)
    assert found["bad"][1]["score"] == 0.0
    for name in names:
        cells, first = changed(name)
        assert found[name] == nursery.grade(cells, **LIMITS)[first:], name
    assert found[SOLVED] == nursery.grade(LAB, **LIMITS)


def test_a_branch_that_ends_its_judge_has_no_points_and_hurts_no_other(nursery):
    test = "if pick(4) != 4: sum(iter(int, 1))"  # never heeds a signal
    cells = [Cell("pick", "run", "pick = int"), Cell("tests_pick", "test", test, 1.0), *LAB[1:3]]
    limits = LIMITS | {"cpu": 0.5}
    found = nursery.branches(cells, {"bad": ("pick", "pick = str", None),
                                     "good": ("pick", "pick = abs", None)}, **limits)  # fmt: skip
    assert [v["score"] for v in found["bad"]] == [None, 0.0, None, 0.0]
    assert [v["score"] for v in found["good"]] == [None, 1.0, None, 2.0]
    assert [v["score"] for v in found[SOLVED]] == [None, 1.0, None, 2.0]


def test_a_box_with_threads_is_not_forked_but_made_again(nursery):
    started = "import threading\nlock = threading.Lock()\ndef hold():\n"
    started += "    with lock: threading.Event().wait(600)\n"
    started += "threading.Thread(target=hold, daemon=True).start()"
    cells = [Cell("thread", "run", started), *LAB[1:3]]
    locked = "def double(x):\n    return 2 * x if lock.locked() else 0"
    found = nursery.branches(cells, {"a": ("double", locked, None)}, **LIMITS)
    assert [verdict["score"] for verdict in found["a"]] == [None, 2.0]


def test_without_isolation():
    with Nursery(isolate=False, modules=["numpy"]) as plain:
        names = ("right", "wrong", "ends its process", "leaves a file")
        found = plain.branches(LAB, {name: CHANGES[name] for name in names}, **LIMITS)
        for name in names:
            cells, first = changed(name)
            assert found[name] == plain.grade(cells, **LIMITS)[first:], name


@pytest.mark.parametrize(
    "change", [("nowhere", "", None), ("count", "", "nowhere"), ("count", "", "double")]
)
def test_a_change_of_no_cell_is_refused(nursery, change):
    with pytest.raises(ValueError, match="change 'bad': no cell"):
        nursery.branches(LAB, {"bad": change}, **LIMITS)
