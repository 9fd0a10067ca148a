"""The judge: tests run outside the box, dead boxes are replaced, points are the judge's own."""

import os
import socket
import time

import pytest
import torch

from autograder.engine.inside import serve
from autograder.engine.judge import Cell, Judge

torch.set_num_threads(1)


class PlainBox:
    """A forked process without any confinement, with a limit on seconds of the clock."""

    made = 0

    def __init__(self, seconds=20.0):
        PlainBox.made += 1
        self.seconds = seconds
        self.sock, there = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.sock.close()
            namespace = {"__name__": "__main__"}

            def run(source):
                try:
                    exec(compile(source, "<ipython-cell>", "exec"), namespace)
                except Exception as error:
                    return [], repr(error)
                return [], None

            try:
                serve(there, namespace, run)
            finally:
                os._exit(0)
        there.close()

    def usage(self):
        return None

    def over(self, since, began):
        return "it took too long" if time.monotonic() - began > self.seconds else None

    def kill(self):
        self.sock.close()
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def grade(*cells, box=PlainBox):
    made = [
        Cell(f"c{i}", "run", source, given=source)
        if kind == "given"
        else Cell(f"c{i}", kind, source, 2.0 if kind == "test" else 0.0)
        for i, (kind, source) in enumerate(cells)
    ]
    return Judge(made, box, time.monotonic).grade()


def score(*cells, **options):
    return [v.score for v in grade(*cells, **options) if v.score is not None]


TEST = ("test", "assert double(4) == 8, 'not twice'")


def test_right_wrong_and_missing_answers():
    assert score(("run", "def double(x): return 2 * x"), TEST) == [2.0]
    wrong = grade(("run", "def double(x): return x"), TEST)[-1]
    assert (wrong.score, wrong.error) == (0.0, "not twice")
    missing = grade(TEST)[-1]
    assert missing.score == 0.0
    assert "NameError" in missing.error
    assert "double" in missing.error


def test_given_names_are_made_here_from_the_source():
    cells = (("given", "def check(x, y): assert x == y"), ("run", "def f(): return 1"))
    forged = ("run", "def check(x, y): pass")
    assert score(*cells, forged, ("test", "check(f(), 2)")) == [0.0]
    assert score(*cells, forged, ("test", "check(f(), 1)")) == [2.0]


def test_given_cells_that_build_on_each_other():
    cells = (("given", "import math"), ("given", "tau = 2 * math.pi"), ("run", "def f(): return 1"))
    assert score(*cells, ("test", "assert f() < tau")) == [2.0]


@pytest.mark.parametrize(
    "cheat",
    [
        "import builtins; builtins.AssertionError = type('A', (Exception,), {})",
        "import sys; sys.settrace(lambda *a: None)",
        "import torch; torch.allclose = torch.equal = lambda *a, **k: True",
        "import numpy.testing as t; t.assert_allclose = lambda *a, **k: None",
        "class Yes:\n    def __eq__(self, o): return True\ndef double(x): return Yes()",
        "class Yes(float):\n    def __eq__(self, o): return True\ndef double(x): return Yes(1)",
        "def double(x):\n    import inspect\n    return inspect.stack()[1][0].f_locals.get('x')",
        "import os, signal\nos.kill(os.getppid(), 0)",
    ],
)
def test_what_fools_a_test_in_the_same_process_fools_none_here(cheat):
    answer = ("run", "def double(x): return 3 * x")
    test = ("test", "import torch\nassert torch.equal(torch.tensor(double(4)), torch.tensor(8))")
    assert score(answer, ("run", cheat), test) == [0.0]


def test_partial_credit_is_the_judge_s_value():
    answer = ("run", "def double(x): return 2 * x")
    assert score(answer, ("test", "1.5 if double(1) == 2 else 0")) == [1.5]
    assert score(answer, ("test", "points = 0.5\npoints + (double(1) == 2)")) == [1.5]
    assert score(answer, ("test", "import math\nmath.nan")) == [0.0]
    assert score(answer, ("test", "2.5")) == [0.0]


@pytest.mark.parametrize("end", ["double(1)", "box[0]", "box", "best", "maker().mine"])
def test_what_the_box_says_is_never_points(end):
    answer = "def double(x): return 0.25\nbox, best = [0.25], 0.25\nclass maker: mine = 0.25"
    assert score(("run", answer), ("test", end)) == [2.0]  # as any test without an error


def test_an_exercise_named_as_one_of_python_s_functions_is_the_student_s():
    total = "assert sum([1, 2]) == 3"
    cells = [Cell("a", "run", "def sum(x): return 0", name="sum"), Cell("b", "test", total, 1.0)]
    assert Judge(cells, PlainBox, time.monotonic).grade()[-1].score == 0.0


def test_a_dead_box_costs_its_own_points_only():
    PlainBox.made = 0
    verdicts = grade(
        ("run", "import os\ndef double(x): return 2 * x\nstate = []"),
        ("run", "state.append(1)"),
        ("run", "os._exit(1)"),
        TEST,
        ("run", "def dies(): os._exit(1)"),
        ("test", "dies()"),
        ("test", "assert state == [1]"),
        ("run", "def triple(x): return 3 * x"),
        ("test", "assert triple(double(1)) == 6"),
    )
    assert [v.score for v in verdicts if v.score is not None] == [2.0, 0.0, 2.0, 2.0]
    assert "ended its own process" in verdicts[2].error
    assert "ended its own process" in verdicts[5].error
    assert PlainBox.made == 3


def test_an_endless_loop_costs_its_own_points_only():
    def box():
        return PlainBox(seconds=0.5)

    verdicts = grade(
        ("run", "def double(x): return 2 * x\ndef hangs():\n    while True: pass"),
        ("test", "hangs()"),
        ("run", "while True: pass"),
        TEST,
        box=box,
    )
    assert [v.score for v in verdicts if v.score is not None] == [0.0, 2.0]
    assert "took too long" in verdicts[1].error
    assert "took too long" in verdicts[2].error


def test_an_endless_iterator_is_stopped(monkeypatch):
    monkeypatch.setattr("autograder.engine.standin.MAX_ITEMS", 50)
    answer = ("run", "def forever():\n    while True: yield 1")
    verdict = grade(answer, ("test", "sum(forever())"))[-1]
    assert verdict.score == 0.0
    assert "items" in verdict.error


def test_forged_answers_are_malformed_not_believed():
    forge = (
        "run",
        "import gc, socket, struct\n"
        "def double(x):\n"
        "    for s in [o for o in gc.get_objects() if isinstance(o, socket.socket)]:\n"
        "        if s.fileno() >= 0: s.sendall(struct.pack('<Q', 2**60))\n"
        "    return 8",
    )
    verdict = grade(forge, TEST)[-1]
    assert verdict.score == 0.0
    assert "too large" in verdict.error


def test_seeds_are_set_before_each_test():
    test = ("test", "import torch\nfirst = torch.rand(1).item()\nassert f() == 1\nprint(first)")
    answer = ("run", "def f(): return 1")
    outputs = [v.outputs[0]["text"] for v in grade(answer, test, test) if v.score is not None]
    assert outputs[0] == outputs[1]


OWN = ("test", "from greenlab import check\ncheck.own_work(soften, 'greenlab.distill.soften')")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("from greenlab.distill import soften", "own form"),
        ("from greenlab import distill as d\ndef soften(z, T): return d.soften(z, T)", "uses"),
        ("import greenlab.distill\nsoften = lambda z, T: greenlab.distill.soften(z, T)", "uses"),
        ("from greenlab.distill import soften as s\nsoften = s", "own form"),
        (
            "from greenlab import distill\ndef helper(z, T): return distill.soften(z, T)\n"
            "def soften(z, T): return helper(z, T)",
            "uses",
        ),
        (
            "def soften(z, T):\n    from greenlab.distill import soften as s\n    return s(z, T)",
            "uses",
        ),
    ],
)
def test_own_work_is_read_from_the_source(answer, told):
    verdict = grade(("run", answer), OWN)[-1]
    assert verdict.score == 0.0
    assert told in verdict.error


def test_own_work_lets_honest_answers_pass():
    answer = ("run", "import torch\ndef soften(z, T):\n    return torch.softmax(z / T, -1)")
    assert score(answer, OWN) == [2.0]
    lying = ("run", "soften.__name__ = 'other'")
    assert score(answer, lying, OWN) == [2.0]
