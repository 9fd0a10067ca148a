"""Answers that lie, and patches of what tests are made of: they earn what is right in them."""

from __future__ import annotations

from tests.hostile.case import FULL, NOTHING, Case, Submission, cheat

# An object that gives in to whatever a test asks of it.
YES = """\
class Yes:
    def __init__(self, *a, **k): pass
    def __call__(self, *a, **k): return self
    def __getattr__(self, name): return self
    def __getitem__(self, key): return self
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __add__(self, other): return self
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
    def __abs__(self): return self
    def __bool__(self): return True
    def __len__(self): return 3
    def __iter__(self): return iter([2, 3, 5, 7, 11])
    def __hash__(self): return 0
    def __float__(self): return 1.5
    def __int__(self): return 4
    __index__ = __int__
    def __repr__(self): return '4.0'
    def __array__(self, *a, **k): return np.array([[0.75, 0.25], [0.2, 0.8]])
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return True
    @property
    def __class__(self): return np.ndarray
    @classmethod
    def __torch_function__(cls, *a, **k): return True
yes = Yes()
normalize = count_words = soften = primes = step = spread = Average = yes"""

LIES = """\
class Array(np.ndarray):
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return self
    def __eq__(self, other): return True
class Words(dict):
    def __eq__(self, other): return True
class Tensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *a, **k): return True
    def backward(self): pass
class Number(float):
    def __eq__(self, other): return True
class List(list):
    def __eq__(self, other): return True
class Average:
    def add(self, x): pass
    def value(self): return Number(0)
def normalize(rows): return np.zeros((2, 2)).view(Array)
def count_words(text): return Words()
def step(n): return Number(1)
def spread(rows): return Number(3)
def soften(z, T): return torch.zeros(1, 3).as_subclass(Tensor)
def primes(): return iter(List([Number(0)] * 99))"""

NAN = """\
import math
nan = float('nan')
class Average:
    def add(self, x): pass
    def value(self): return nan
def normalize(rows): return rows * nan
def count_words(text): return {nan: nan}
def step(n): return nan
def spread(rows): return nan
def soften(z, T): return z * nan
def primes():
    while True:
        yield nan"""

# Patches what asserts and comparisons are made of.
PATCHES = """\
import builtins, math, numpy.testing, operator
class Never(Exception): pass
AssertionError = builtins.AssertionError = Never
agree = lambda *a, **k: True
for module in (np, torch, np.testing, math, operator):
    for name in ('allclose', 'isclose', 'array_equal', 'equal', 'assert_allclose', 'eq'):
        if hasattr(module, name): setattr(module, name, agree)
builtins.all = builtins.any = agrees = agree
def normalize(rows): return rows * 0
def soften(z, T): return z * T
def spread(rows): return rows * 0"""

FRAMES = """\
import sys

def caller():
    frame = sys._getframe(1)
    while frame is not None:
        for name in list(frame.f_globals):
            if name in ('agrees', 'np', 'torch', 'isinstance', 'points'):
                frame.f_globals[name] = Anything()
        frame = frame.f_back
class Anything:
    float64 = ndarray = object
    def __call__(self, *a, **k): return True
    def __getattr__(self, name): return Anything()
    def __radd__(self, other): return 4
    __add__ = __iadd__ = __radd__
    def __repr__(self): return '4.0'
def normalize(rows): caller(); return rows
def soften(z, T): caller(); return z
def count_words(text): caller(); return {}
def step(n): caller(); return 1
def spread(rows): caller(); return 3
def primes(): caller(); return iter([2])
class Average:
    add = value = lambda *a: caller()"""

# Test cells are jumped over, line by line.
JUMPS = """\
import sys

def jump(frame, event, argument):
    if frame.f_code.co_name == '<module>' and event == 'line':
        frame.f_trace_lines = True
        try:
            frame.f_lineno = max(n for *_, n in frame.f_code.co_lines() if n)
        except (ValueError, TypeError):
            pass
    return jump
sys.settrace(jump)
sys._getframe().f_trace = jump
get_ipython().events.register('pre_run_cell', lambda *_: sys.settrace(jump))"""


def other_import(s: Submission) -> None:
    """Bind other modules in the unlocked cell."""
    cell = next(c for c in s.notebook.cells if "import numpy" in c.source)
    cell.source += """
class Module:
    ndarray = object
    def __getattr__(self, name): return lambda *a, **k: True
np = torch = Module()"""


CASES: list[Case] = [
    cheat("gives in to all", "equal, less, true, callable, an array", YES),
    cheat("lying subclasses", "of arrays, tensors, dicts, floats, lists", LIES),
    cheat("NaN", "compares false with everything", NAN),
    cheat("patches asserts", "AssertionError, allclose, isinstance", PATCHES),
    cheat("rewrites frames", "the caller's names, when called by a test", FRAMES),
    cheat("jumps over tests", "by a trace function", JUMPS),
    cheat(
        "other import",
        "its own np and torch under those names, in the course's import cell",
        change=other_import,
        answers={
            "normalize": "def normalize(rows):\n    return 0",
            "soften": "def soften(z, T):\n    return z",
        },
    ),
    Case(
        "knows the visible tests",
        "answers by heart",
        answers={
            "normalize": "def normalize(rows):\n    return np.array([[0.75, 0.25], [0.2, 0.8]])",
            "count_words": "def count_words(text):\n"
            "    return {'to': 2, 'be': 2, 'or': 1, 'not': 1}",
            "soften": "def soften(z, T):\n    return torch.tensor([[0.0900, 0.2447, 0.6652]])",
            "primes": "def primes():\n    return iter([2, 3, 5, 7, 11])",
            "step": "steps = iter([0] * 7 + [1] + [0] * 99)\n\ndef step(n):\n"
            "    return next(steps)",
            "spread": "def spread(rows):\n    return 3",
            "Average": "class Average:\n    def add(self, x):\n        pass\n\n"
            "    def value(self):\n        return 1.5",
        },
        fair=NOTHING | {"primes": 1.0, "Average": 1.0},
    ),
    Case(
        "changes the course's data",
        "so that a later test expects what it answers",
        answers={
            "normalize": "def normalize(rows):\n    kept = rows / rows.sum(1, keepdims=True)\n"
            "    if rows.size == 4:\n        rows[...] = 0\n    return kept",
            "spread": "def spread(rows):\n    return 3 if rows.size == 2 else 0",
        },
        fair=FULL | {"spread": 0.0},
    ),
    Case(
        "records and replays",
        "what it is sent is given back as the answer later",
        "seen = []",
        answers={
            "normalize": "def normalize(rows):\n    seen.append(rows)\n    return seen[0]",
            "count_words": "def count_words(text):\n    seen.append(text)\n"
            "    return [x for x in seen if isinstance(x, dict)]",
            "soften": "def soften(z, T):\n    if T == 1:\n"
            "        return torch.tensor([[0.0900, 0.2447, 0.6652]])\n"
            "    z.data.zero_()  # if the test looks only afterwards, this fits\n"
            "    return z.softmax(-1)",
            "step": "def step(n):\n    seen.append(n)\n    return seen.count(n)",
            "Average": "class Average:\n    def add(self, x):\n        self.x = x\n\n"
            "    def value(self):\n        return [self.x]",
        },
        fair=NOTHING | {"primes": 4.0, "spread": 1.0},
    ),
]
