"""What a test may not do is told with its line and a remedy; what it may do is left alone."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder import ROOT, SOLUTIONS
from autograder.build import expand, read_source
from autograder.idioms import Part, faults, faults_of_notebook

GIVEN = """
import os, sys, random, inspect, warnings, builtins, contextlib, io, time
from pathlib import Path
from unittest import mock
import numpy as np
import torch
from matplotlib import pyplot as plt
from greenlab import check
LIMIT = 3
def reference(x): return x
"""
ANSWER = """
import math
class Dog:
    def __init__(self, name="Rex"): self.name = name
    def __eq__(self, other): return self.name == other.name
    def __add__(self, other): return Dog(self.name + other.name)
class Bark(Exception): pass
class Net(torch.nn.Module):
    def forward(self, x): return x + torch.rand(1) * scale
def double(x): return 2 * x
def noisy(x): return x + torch.rand(1)
def save(path): Path("out.txt").write_text("x")
table = {"a": 1}
"""
BROKEN = {  # a test, the line that breaks a rule, a part of what is said of it
    'with torch.no_grad():\n    double(1)': (1, 'torch.no_grad around'),
    "with torch.inference_mode(), open('x') as f:\n    Net()(1)": (1, 'inference_mode around'),
    'net = Net()\nwith torch.no_grad():\n    out = net(1)': (2, 'torch.no_grad around'),
    "net = Net()\nwith torch.no_grad():\n    check.that(net, 'x')": (2, 'torch.no_grad around'),
    '@torch.no_grad()\ndef run(): return double(1)\nrun()': (2, 'torch.no_grad around'),
    'f = lambda: double(1)\nwith torch.no_grad():\n    f()': (2, 'torch.no_grad around'),
    "with np.errstate(all='raise'):\n    double(1)": (1, 'numpy.errstate around'),
    'with warnings.catch_warnings():\n    double(1)': (1, 'warnings.catch_warnings around'),
    'torch.manual_seed(0)\nassert double(1)': (1, 'torch.manual_seed does not reach'),
    'np.random.seed(0)\nx = noisy(1)\nassert x': (1, 'numpy.random.seed does not reach'),
    'random.seed(0)\nassert noisy(1)': (1, 'random.seed does not reach'),
    'from torch import manual_seed as s\ns(0)\nassert double(1)': (2, 'torch.manual_seed does not'),
    'torch.set_default_dtype(torch.float64)\nassert double(1)': (1, 'dtype does not reach'),
    'np.random.rand = None\nassert double(1)': (1, 'change of np'),
    "sys.modules['numpy'] = None": (1, 'change of sys'),
    'builtins.print = None\nassert double(1)': (1, 'change of builtins'),
    'double.calls = 0\nassert double(1)': (1, 'change of double'),
    "table['a'] = 2\nassert double(1)": (1, 'change of table'),
    'del double': (1, 'change of double'),
    'old = double\ndouble = None': (2, 'change of double'),
    "setattr(np, 'rand', None)": (1, 'change of np'),
    "with mock.patch('builtins.input', return_value='3'):\n    double(1)": (1, 'see a mock'),
    'monkeypatch = 1\nmonkeypatch.setattr(1)': (2, 'see a mock'),
    'inspect.getsource(double)': (1, 'inspect.getsource finds no source'),
    'assert inspect.signature(Dog.__init__)': (1, 'inspect.signature finds no source'),
    'assert double.__doc__': (1, 'double.__doc__ does not cross'),
    'import doctest\ndoctest.testmod()': (2, 'doctest.testmod finds no tests'),
    "import unittest\nunittest.main(argv=[''], exit=False)": (2, 'unittest.main finds no tests'),
    "globals()['double'](1)": (1, 'globals() does not see'),
    "assert 'double' in dir()": (1, 'dir() does not see'),
    "assert vars(Dog('x'))": (1, 'vars() does not see'),
    "exec('double(1)')": (1, 'exec() does not see'),
    "assert eval('double')(1)": (1, 'eval() does not see'),
    'def f():\n    global LIMIT\n    LIMIT = 4\nf()': (2, 'has no globals'),
    '%timeit double(1)': (1, 'no magics'),
    '!ls': (1, 'no magics'),
    'files = !ls\nassert files': (1, 'no magics'),
    "get_ipython().run_cell('1')": (1, 'no magics'),
    'assert await double(1)': (1, 'no await'),
    "input = lambda *_: '3'\nassert double(1)": (1, 'does not see this input'),
    'scale = 2\nassert Net()(1) > 1': (1, 'does not see this scale'),
    'torch.vmap(double)(torch.ones(2))': (1, "torch.vmap can't look into"),
    'from torch.func import grad\nassert grad(double)(1.0)': (2, "torch.func.grad can't look into"),
    'y = double(1)\ntorch.autograd.grad(y, 1, create_graph=True)': (2, 'no second derivatives'),
    'net = Net()\nassert net.weight.grad is None': (2, "gradients of the student's own"),
    'net = Net()\nfor p in net.parameters():\n    assert p.grad': (3, "of the student's own"),
    "assert 'torch' not in sys.modules": (1, "sys.modules is the grader's"),
    "assert os.listdir('.')": (1, "os.listdir is the grader's"),
    "assert os.environ.get('X')": (1, "os.environ.get is the grader's"),
    "from subprocess import run\nrun(['ls'])": (2, "subprocess.run is the grader's"),
    'import tempfile\nassert tempfile.mkdtemp()': (2, "tempfile.mkdtemp is the grader's"),
    "save('out.txt')\nassert open('out.txt').read()": (2, "'out.txt' is another file"),
    "save('mine.csv')\nassert Path('mine.csv').exists()": (2, "'mine.csv' is another file"),
    'fig = plt.gcf()\nassert double(1)': (1, 'matplotlib.pyplot.gcf is not'),
    'double(1)\nassert plt.gca().get_title()': (2, "matplotlib.pyplot.gca is not the student's"),
    'assert isinstance(Dog(), Dog)': (1, 'Dog has no type here'),
    "dog = Dog()\nassert type(dog).__name__ == 'Dog'": (2, 'dog has no type here'),
    'try:\n    double(1)\nexcept Bark:\n    pass': (3, 'Bark has no type here'),
    'class Puppy(Dog): pass': (1, 'Dog has no type here'),
    'import pytest\nwith pytest.raises(Bark):\n    double(1)': (2, 'Bark has no type here'),
    'a = Dog()\nassert a == Dog()': (2, "operators on objects of the student's Dog"),
    'a = Dog()\nb = a + a': (2, "operators on objects of the student's Dog"),
    'x = double(1)\nx': (2, "a test's last value is points"),
    'assert math.pi > double(1)': (1, 'math is imported only in the answer answer'),
    'assert missing': (1, "missing is bound in none of the course's cells above"),
    'assert lower': (1, 'lower is bound only further down, in below: move'),
    'assert earlier': (1, 'earlier is bound only in the test before: bind it here'),
    'assert (': (1, 'no Python'),
}  # fmt: skip
FINE = [
    'assert double(2) == 4',
    "got = [double(x) for x in range(3)]\nassert got == [0, 2, 4], f'got {got}'",
    "dog = Dog('Ann')\nassert dog.name == 'Ann'",
    'def f(x):\n    import json\n    def g(): return json.dumps(double(x))\n    return g()\nf(1)',
    'try:\n    double(None)\nexcept TypeError as error:\n    assert str(error)',
    'for i, (a, b) in enumerate([(1, 2)]):\n    assert double(a) == b',
    "match double(1):\n    case [a, *rest] | {'x': a, **rest}:\n        assert a, rest",
    'if (n := double(1)) > 1:\n    assert n',
    'y = double(1)\nwith torch.no_grad():\n    z = reference(y) + y',
    'with contextlib.redirect_stdout(io.StringIO()) as out:\n    double(1)\nassert out',
    'g = torch.Generator().manual_seed(0)\nassert double(torch.rand(2, generator=g)) is not None',
    'x = double(1)\ntorch.manual_seed(0)\nassert reference(torch.rand(1)) > 0, x',
    "plt.rcParams['figure.dpi'] = 50\nassert double(1)",
    'old, sys.stdout = sys.stdout, io.StringIO()\ndouble(1)\nsys.stdout = old',
    "mine = {'a': 1}\nmine['a'] = double(1)",
    "dog = Dog()\ndog.name = 'Ann'\nassert dog.name",
    'assert inspect.signature(reference)',
    "assert double.__name__ == 'double'",
    'limit = 2\nassert double(limit) == 4',
    'assert torch.func.grad(reference)(1.0)',
    'y = reference(1)\nassert torch.autograd.grad(y, 1, create_graph=True) is not double(1)',
    'z = torch.ones(1, requires_grad=True)\ndouble(z).backward()\nassert z.grad == 2',
    "assert os.path.join('a', 'b') and double(1)",
    "print('note', file=sys.stderr)\nassert double(1)",
    "assert np.loadtxt('given.csv').sum() == double(1)",
    'assert isinstance(Net(), torch.nn.Module)',
    'a = Dog()\nassert a is not None',
    'double(1)',
    'Dog().name',
    'points = 0\npoints += double(1) == 2\npoints',
    'print(double(1))',
    'import math\nassert math.pi',
]  # fmt: skip
TWICE = ("sys.modules['numpy'] = None", "assert inspect.signature(Dog.__init__)")  # two rules


def parts(test):
    return [
        Part("given", "given", GIVEN),
        Part("before", "test", "earlier = 1"),
        Part("answer", "solution", ANSWER),
        Part("test", "test", test),
        Part("below", "given", "lower = 1"),
    ]


def told(test):
    return [(line, said) for name, line, said in faults(parts(test)) if name == "test"]


@pytest.mark.parametrize("test", BROKEN)
def test_a_broken_rule_is_told_with_its_line_and_a_remedy(test):
    line, said = BROKEN[test]
    found = [each for at, each in told(test) if at == line and said in each]
    assert found, told(test)
    assert len(told(test)) == 1 + (test in TWICE), told(test)
    assert ": " in found[0]


@pytest.mark.parametrize("test", FINE)
def test_what_crosses_is_left_alone(test):
    assert told(test) == []


@pytest.mark.parametrize("lab", sorted(path.stem for path in SOLUTIONS.glob("lab*.py")))
def test_no_false_alarm_on_a_lab(lab):
    assert faults_of_notebook(expand(read_source(SOLUTIONS / f"{lab}.py"))) == []


def test_names_that_the_judge_would_take_from_the_wrong_side():
    def said(*cells):
        parts = [Part(role + str(i), role, text) for i, (role, text) in enumerate(cells)]
        return [sentence for *_, sentence in faults(parts)]

    assert said(("given", "x = 1"), ("solution", "x = 2"), ("test", "assert x"))[0].startswith(
        "x is the course's in given0 and the student's in solution1: give"
    )
    assert said(("solution", "x = 1"), ("given", "x = 2"), ("test", "assert x")) == []
    assert said(("given", "import re"), ("solution", "import re"), ("test", "assert re")) == []
    assert said(("solution", "def sum(x): pass"), ("test", "assert sum([1])"))[0].startswith(
        "sum is one of Python's own names, too"
    )
    assert said(("test", "y = 1"), ("solution", "z = y"))[0].startswith(
        "y is bound only in the test test0, which runs apart"
    )


def nbgrader_cell(source, grade_id, **more):
    meta = {"grade": False, "solution": False, "locked": False, "schema_version": 3, "task": False}
    meta |= {"grade_id": grade_id} | more
    return new_code_cell(source, metadata={"nbgrader": meta})


def test_any_nbgrader_notebook():
    cells = [
        new_code_cell("%matplotlib inline\nimport numpy as np", id="imports"),
        nbgrader_cell("def f(x):\n    ### BEGIN SOLUTION\n    return x", "f", solution=True),
        nbgrader_cell("assert f(1) == 1", "fine", grade=True, points=1, locked=True),
        nbgrader_cell(
            "x = 1\n### BEGIN HIDDEN TESTS\nglobals()\n### END HIDDEN TESTS\nassert np.pi",
            "looks", grade=True, points=1, locked=True,
        ),
        nbgrader_cell("free = f", "by_hand", grade=True, solution=True, points=1),
        nbgrader_cell("assert free", "late", grade=True, points=1, locked=True),
    ]  # fmt: skip
    assert faults_of_notebook(new_notebook(cells=cells)) == [
        (
            "looks",
            "Cell looks, line 3: globals() does not see the student's names: use them by name, as "
            "in a call.",
        )
    ]
    cells[3].metadata.greenlab = nbformat.from_dict({"inside": True})
    assert faults_of_notebook(new_notebook(cells=cells)) == []


def test_another_language_is_told():
    cells = [nbgrader_cell("@assert f(1) == begin 1 end", "t", grade=True, points=1)]
    ((_, told),) = faults_of_notebook(new_notebook(cells=cells))
    assert told.startswith("Cell t, line 1: this is no Python")


def test_whatever_a_cell_holds_the_review_comes_to_its_end():
    for path in [*(ROOT / "tests").rglob("*.py"), *(ROOT / "greenlab").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        cells = Part("a", "solution", text), Part("b", "test", text), Part("c", "given", text)
        assert isinstance(faults(cells), list)
