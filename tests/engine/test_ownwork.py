"""Whose work an answer is: told by the source, in the test's word and in the flags."""

import time

import pytest

from autograder.engine.judge import Cell, Judge
from autograder.engine.ownwork import reviewed, violation
from greenlab import distill
from tests.engine.boxes import PlainBox

SOFTEN = "greenlab.distill.soften"
USES = {
    "calls it": "from greenlab import distill as d\ndef soften(z, T): return d.soften(z, T)",
    "by its full name": "import greenlab.distill\nsoften = lambda z: greenlab.distill.soften(z, 1)",
    "imports it within": (
        "def soften(z, T):\n    from greenlab.distill import soften as s\n    return s(z, T)"
    ),
    "by a helper": (
        "from greenlab import distill\ndef helper(z, T): return distill.soften(z, T)\n"
        "def soften(z, T): return helper(z, T)"
    ),
    "by a helper above": (
        "from greenlab import distill\nhelper = distill.soften\ndef soften(z): return helper(z, 1)"
    ),
    "wraps it": "import functools\nfrom greenlab.distill import soften as s\n"
    "soften = functools.partial(s)",
    "by a class": (
        "from greenlab import distill\nclass Soft:\n"
        "    def __call__(self, z, T): return distill.soften(z, T)\nsoften = Soft()"
    ),
    "where it may fail": (
        "try:\n    import greenlab.missing\nexcept ImportError:\n    from greenlab import distill\n"
        "if True:\n    def soften(z, T): return distill.soften(z, T)"
    ),
    "with magics": "%matplotlib inline\nfrom greenlab import distill\n!ls\n"
    "def soften(z, T): return distill.soften(z, T)",
}
IS = {
    "imports it": "from greenlab.distill import soften",
    "renames it": "from greenlab.distill import soften as s\nsoften = s",
    "by its full name": "import greenlab.distill\nsoften = greenlab.distill.soften",
}
UNWRITTEN = 'def soften(z, T):\n    """It."""\n    raise NotImplementedError("Replace this line")'
OWN = {
    "not written": UNWRITTEN,
    "its own": "import torch\ndef soften(z, T):\n    return torch.softmax(z / T, -1)",
    "other parts of the package": (
        "from greenlab import train, distill\ndef soften(z, T):\n    distill.cache_logits\n"
        "    return (z / T).softmax(-1)"
    ),
    "no code": "def soften(",
    "odd": "soften: int\nimport greenlab.nothing\nfrom greenlab import nothing, distill\n"
    "from . import x\nsoften = nothing.soften\nsoften.a = 3\n\0",
    "deep": "soften = " + "(" * 300 + "1" + ")" * 300,
}


@pytest.mark.parametrize("how", USES)
def test_uses(how):
    assert violation("soften", [USES[how]], SOFTEN).endswith(f"uses {SOFTEN}")


@pytest.mark.parametrize("how", IS)
def test_the_package_s_own_form_gives_no_points_but_no_flag(how):
    assert "own form" in reviewed("soften", (IS[how],), SOFTEN)
    assert violation("soften", [IS[how]], SOFTEN) is None


@pytest.mark.parametrize("how", OWN)
def test_own_work(how):
    assert violation("soften", [OWN[how]], SOFTEN) is None


def test_a_copy_under_other_names():
    import inspect

    copied = inspect.getsource(distill.soft_cross_entropy).replace("student_logits", "a")
    copied = copied.replace("def soft_cross_entropy", "def mine")
    found = violation("mine", [copied], "greenlab.distill.soft_cross_entropy")
    assert found == "mine copies greenlab.distill.soft_cross_entropy line by line"


ASK = ("test", f"from greenlab import check\ncheck.own_work(soften, {SOFTEN!r})")
PASS = ("test", "pass")


def grade(*cells):
    made = [
        Cell(f"c{i}", kind, source, 2.0 * (kind == "test"), name=name, without=without)
        for i, (kind, source, name, without) in enumerate(
            (*cell, "soften", SOFTEN) if cell[0] == "run" else (*cell, "", "") for cell in cells
        )
    ]
    return Judge(made, PlainBox, time.monotonic).grade()


def test_a_test_that_asks_gives_no_points_and_a_flag():
    verdicts = grade(("run", USES["calls it"]), ASK, PASS)
    assert [v.score for v in verdicts] == [None, 0.0, 2.0]
    assert "here the point is to write it" in verdicts[1].error
    assert [v.flags for v in verdicts] == [[f"soften uses {SOFTEN}"], [], []]


def test_a_test_that_does_not_ask_gives_points_and_the_flag():
    verdicts = grade(("run", USES["by a helper"]), PASS)
    assert verdicts[1].score == 2.0
    assert verdicts[0].flags == [f"helper uses {SOFTEN}"]


def test_what_an_answer_uses_may_stand_in_a_later_cell():
    late = "from greenlab import distill\ndef helper(z, T): return distill.soften(z, T)"
    answer = "def soften(z, T): return helper(z, T)"
    cells = Cell("a", "run", answer, name="soften", without=SOFTEN), Cell("b", "run", late)
    verdicts = Judge([*cells, Cell("c", "test", "")], PlainBox, time.monotonic).grade()
    assert [v.flags for v in verdicts] == [[], [f"helper uses {SOFTEN}"], []]


def test_a_switched_on_checkpoint_costs_the_points_alone():
    verdicts = grade(("run", IS["imports it"]), ASK)
    assert verdicts[1].score == 0.0
    assert "own form" in verdicts[1].error
    assert not any(v.flags for v in verdicts)


def test_what_the_box_says_of_a_function_counts_for_nothing():
    lying = ("run", OWN["its own"] + "\nsoften.__module__ = 'greenlab.distill'")
    assert grade(lying, ASK)[1].score == 2.0
    hiding = ("run", USES["calls it"] + "\nsoften.__code__ = (lambda z, T: 0).__code__")
    assert grade(hiding, ASK)[1].score == 0.0


def test_what_is_not_written_yet_is_told_so_in_the_test():
    assert reviewed("soften", (UNWRITTEN,), SOFTEN).startswith("soften is not written yet")
