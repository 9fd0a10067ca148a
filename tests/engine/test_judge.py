"""The judge: tests run outside the box, dead boxes are replaced, points are the judge's own."""

import time

import pytest
import torch

from autograder.engine.judge import Cell, Judge
from tests.engine.boxes import PlainBox

torch.set_num_threads(1)


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
    cells.append(Cell("c", "test", "sum([])", 1.0))  # their 0 is no points of the test's
    scores = [v.score for v in Judge(cells, PlainBox, time.monotonic).grade()]
    assert scores == [None, 0.0, 1.0]


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


FIND = (
    "import gc, struct, time\nfrom autograder.engine.inside import Inside\n"
    "from autograder.engine.link import send\n"
    "(box,) = [o for o in gc.get_objects() if type(o) is Inside]\n"
)
STALLS = {
    "byte by byte": "def double(x):\n    box.sock.sendall(struct.pack('<Q', 10**6))\n"
    "    while True:\n        box.sock.send(b'x')\n        time.sleep(0.001)",
    "calls back for ever": "def double(f):\n    while True: f(1)",
    "sleeps": "def double(f): time.sleep(1000)",
    "does not read": "def double(f):\n    answer = box.answer\n    def once(message):\n"
    "        send(box.sock, answer(message))\n        time.sleep(1000)\n    box.answer = once",
}


@pytest.mark.parametrize("how", STALLS)
def test_a_box_that_stalls_costs_its_own_points_only(how):
    verdicts = grade(
        ("run", "def triple(x): return 3 * x"),
        ("run", FIND + STALLS[how]),
        ("test", "double(lambda x: x)\ndouble('x' * 10**7)\ndouble('x' * 10**7)"),
        ("test", "assert triple(2) == 6"),
        box=lambda: PlainBox(seconds=1.5),
    )
    assert [v.score for v in verdicts] == [None, None, 0.0, 2.0]
    assert verdicts[2].error == "Stopped: it took too long."


@pytest.mark.parametrize("again", ["os._exit(1)", "time.sleep(1000)"])
def test_a_cell_that_ends_the_box_only_when_it_runs_again_is_left_out(tmp_path, again):
    first = f"import os, time\nmark = {str(tmp_path / 'ran')!r}\nif os.path.exists(mark): {again}"
    PlainBox.made = 0
    verdicts = grade(
        ("run", "def double(x): return 2 * x"),
        ("run", first + "\nopen(mark, 'w').close()"),
        ("run", "def dies():\n    import os\n    os._exit(1)"),
        ("test", "dies()"),
        TEST,
        ("test", "dies()"),
        TEST,
        box=lambda: PlainBox(seconds=1.5),
    )
    assert [v.score for v in verdicts[3:]] == [0.0, 2.0, 0.0, 2.0]
    assert [len(v.flags) for v in verdicts] == [0, 0, 0, 0, 1, 0, 0]
    assert verdicts[4].flags[0].startswith("c1 did not run a second time: Stopped: ")
    assert PlainBox.made == 4  # the first, one in which c1 ended, one without it for each death


def test_the_time_of_a_replay_is_nobody_s():
    slow = ("run", "import os, time\ntime.sleep(0.5)\ndef dies(): os._exit(1)\ndef lives(): pass")
    cells = slow, slow, slow, slow, ("test", "dies()"), ("test", "lives()")
    verdicts = grade(*cells, box=lambda: PlainBox(seconds=1.5))  # less than all that runs again
    assert [v.score for v in verdicts[4:]] == [0.0, 2.0]


SWALLOW = "try:\n    {}\nexcept Exception:\n    pass"


@pytest.mark.parametrize("what", ["dies()", "double(object())", "sum(forever())"])
def test_a_fault_that_a_test_swallows_gives_no_points(monkeypatch, what):
    monkeypatch.setattr("autograder.engine.standin.MAX_ITEMS", 50)
    answer = "import os\ndef dies(): os._exit(1)\ndef double(x): return 2 * x"
    answer += "\ndef forever():\n    while True: yield 1"
    verdicts = grade(("run", answer), ("test", SWALLOW.format(what)), TEST)
    assert [v.score for v in verdicts] == [None, 0.0, 2.0]


@pytest.mark.parametrize("end", ["raise SystemExit", "exit()", "raise KeyboardInterrupt"])
def test_a_test_that_leaves_ends_itself_alone(end):
    verdicts = grade(("run", "def double(x): return 2 * x"), ("test", end), TEST)
    assert [v.score for v in verdicts] == [None, 0.0, 2.0]


def where(path, name="here"):
    """A cell that notes in which process it runs."""
    return f"{name} = 1\nopen({str(path)!r}, 'a').write(__name__ + ' ')"


def test_the_course_s_cells_run_here_once_and_only_where_a_test_needs_them(tmp_path):
    grade(
        ("given", where(tmp_path / "unread", "unread")),
        ("given", "base = 1\n" + where(tmp_path / "read", "read")),
        ("given", "def total(x): return x + base"),
        ("run", "def f(x): return x"),
        ("test", "assert total(f(read)) == 2"),
        ("test", "assert total(f(read)) == 2"),
        ("given", where(tmp_path / "below", "f")),
    )
    assert (tmp_path / "read").read_text().split() == ["__main__", "__judge__"]
    assert (tmp_path / "unread").read_text().split() == ["__main__"]
    assert (tmp_path / "below").read_text().split() == ["__main__"]


def test_a_course_s_cell_may_call_the_student_s_code_as_it_is_there():
    cells = (
        ("run", "def f(x): return x"),
        ("given", "made = f(3)\ndef later(): return f(4)"),
        ("run", "def f(x): return 10 * x"),
    )
    assert score(*cells, ("test", "assert (made, later()) == (3, 40)")) == [2.0]


def test_a_course_s_cell_that_fails_is_told_by_the_test_that_needs_it():
    cells = ("run", "def f(x): return 1 / x"), ("given", "before = 1\nmade = f(0)")
    verdicts = grade(*cells, ("test", "assert made"), ("test", "assert before"))
    assert [v.score for v in verdicts[2:]] == [0.0, 2.0]
    assert "made could not be made: ZeroDivisionError" in verdicts[2].error
    forged = ("run", "made = 1")
    assert score(*cells, forged, ("test", "assert made")) == [0.0]


@pytest.mark.parametrize("reads", ["limit = limit + 1", "limit += 1", "print(limit); limit = 1"])
def test_a_name_that_a_test_reads_and_then_binds_is_the_course_s(reads):
    cells = ("given", "limit = 10"), ("run", "limit = 'forged'\ndef f(): return 1")
    assert score(*cells, ("test", reads + "\nassert limit < f() + 11")) == [2.0]


HIDDEN = (
    "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(7) == 14\n### END HIDDEN TESTS"
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("return 3", "AssertionError: assert double(1) == 2"),
        ("return 2", "AssertionError: a hidden test"),
        ("raise ValueError", "ValueError: (line 1 of the student's cell)"),
        ("return 2 if x == 1 else [][0]", "IndexError: list index out of range (line 1 of the"),
    ],
)
def test_a_test_without_a_message_says_its_line_unless_it_is_hidden(answer, said):
    verdict = grade(("run", f"def double(x): {answer}"), ("test", HIDDEN))[-1]
    assert verdict.error.startswith(said)
    assert "14" not in repr(verdict.outputs)


def test_magics_of_a_course_s_cell_are_left_out_here():
    cells = [Cell("a", "run", "tau = 6", given="%matplotlib inline\n!true\ntau = 6")]
    cells.append(Cell("b", "test", "assert tau == 6", 1.0))
    assert Judge(cells, PlainBox, time.monotonic).grade()[-1].score == 1.0


def test_the_course_s_text_counts_where_the_student_has_changed_the_cell():
    changed = Cell("a", "run", "limit = 100\ndef f(): return 50", given="limit = 10")
    test = Cell("b", "test", "assert f() < limit", 1.0)
    assert Judge([changed, test], PlainBox, time.monotonic).grade()[-1].score == 0.0


def test_random_numbers_are_the_same_in_each_run_whatever_ended_before():
    draws = "import random, numpy, torch\ndef draw():\n"
    draws += "    return random.random(), numpy.random.rand(), torch.rand(1).item()"
    dies = ("run", "def dies():\n    import os\n    os._exit(1)"), ("test", "dies()")
    shows = ("test", "import random\nprint(draw())\nassert draw()[0] != random.random()")

    def shown(*cells):
        verdicts = grade(("run", draws), *cells)
        return [v.outputs[0]["text"] for v in verdicts if v.score == 2.0 and v.outputs]

    assert shown(*dies, shows) == shown(*dies, shows)
    quiet = ("run", "def dies(): pass"), ("test", "dies()")
    assert shown(*dies, shows)[-1] == shown(*quiet, shows)[-1]


INSIDE = {
    "assert double(1) == 2": 2.0,
    "assert double(1) == 3": 0.0,
    "print('half')": 2.0,
    "1 / 0": 0.0,
}


@pytest.mark.parametrize("source", INSIDE)
def test_an_inside_test_runs_in_the_box(source):
    cells = [
        Cell("a", "run", "def double(x): return 2 * x"),
        Cell("b", "inside", source + "\nbound = 1", 2.0),
        Cell("c", "run", "assert bound"),
    ]
    verdicts = Judge(cells, PlainBox, time.monotonic).grade()
    assert verdicts[1].score == INSIDE[source]
    assert (verdicts[1].error is None) == (INSIDE[source] == 2.0)
    assert (verdicts[2].error is None) == (INSIDE[source] == 2.0)


GIVEN = """import numpy as np
import torch
rows, words, model = np.ones(2), ["a", {"b": 1}], torch.nn.Linear(2, 1)
weight = model.weight
generator = torch.Generator().manual_seed(3)"""
SPOILS = """def spoil(rows, words, model, generator):
    rows[...] = 0
    words[1]["b"] = 2
    words.append("c")
    with torch.no_grad():
        model.weight.zero_()
    torch.rand(1, generator=generator)"""
KEPT = """assert (rows == 1).all() and words == ["a", {"b": 1}], (rows, words)
assert model.weight is weight and weight.abs().min() > 0, weight
assert generator.initial_seed() == 3 and torch.equal(
    generator.get_state(), torch.Generator().manual_seed(3).get_state())"""


def test_what_a_test_lets_change_is_as_before_for_the_next_one():
    spoiled = "spoil(rows, words, model, generator)\n"
    spoiled += "assert rows.sum() == 0 and len(words) == 3 and not model.weight.any()"
    cells = (
        Cell("given", "run", GIVEN, given=GIVEN),
        Cell("student", "run", SPOILS),
        Cell("one", "test", spoiled, 1),
        Cell("two", "test", KEPT, 1),
    )
    assert [v.error for v in Judge(cells, PlainBox, time.monotonic).grade()] == [None] * 4


def test_a_cell_that_ends_without_memory_leaves_none_of_it_behind():
    PlainBox.made = 0
    eats = "kept = [bytes(10)]\nraise MemoryError"
    cells = (
        Cell("a", "run", "def f():\n    return 1"),
        Cell("b", "run", eats),
        Cell("c", "test", "assert f() == 1", 1),
    )
    verdicts = Judge(cells, PlainBox, time.monotonic).grade()
    assert verdicts[1].error.startswith("MemoryError")
    assert (verdicts[2].score, PlainBox.made) == (1, 2)
