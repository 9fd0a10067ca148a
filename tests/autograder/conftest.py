"""A tiny lab with every kind of cell, built once for all tests of the autograder."""

from pathlib import Path

import nbformat
import pytest

from autograder.build import build
from autograder.solve import solved
from autograder.source import BuildError

TINY = '''# %% [markdown]
# # A tiny lab

# %% given="tools"
from types import SimpleNamespace

check = SimpleNamespace(own_work=lambda function, path: None)


def teacher(x):
    return 2 * x


# %% [markdown] exercise="double" minutes=3 difficulty=1
# ### Exercise 1: twice
# Write `double`.

# %% solution="double" without="math.floor"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return teacher(x)  # the model solution
    ### END SOLUTION


# %% tests="double" points=2
check.own_work(double, "math.floor")
assert double(2) == 4, f"expected 4, got {double(2)}: did you square?"
### BEGIN HIDDEN TESTS
secret = 21
assert double(secret) == 42, "wrong for a number you did not see"
### END HIDDEN TESTS

# %% checkpoint="double"
# Stuck? Take the library's, without the points: uncomment the next line and run.
# from math import floor

# %% [markdown] exercise="triple" minutes=3 difficulty=2
# ### Exercise 2: thrice

# %% solution="triple"
def triple(x):
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION


# %% tests="triple" points=1
import sys

print("a note", file=sys.stderr)
assert triple(2) == 6, "expected 6"

# %% explore="sweep"
sweep = [double(x) for x in range(9)]
print("the grader ran this")

# %%
print("a plain cell")

# %%
print("a plain cell")

# %% [markdown] exercise="why" minutes=5 difficulty=3
# ### Exercise 3: why
# Why?

# %% [markdown] answer="why" points=3
# ### BEGIN SOLUTION
# The model answer.
# === BEGIN MARK SCHEME ===
# One point a reason.
# === END MARK SCHEME ===
# ### END SOLUTION
'''
LAB = "lab9_tiny"


class Tiny:
    """The tiny lab on disk: its sources folder, the built lab, and the solved notebook."""

    lab = LAB
    text = TINY

    def __init__(self, root: Path):
        self.root = root
        self.solutions = root / "solutions"
        self.source = self.solutions / f"{LAB}.py"
        self.solutions.mkdir()
        self.source.write_text(TINY, encoding="utf-8")
        self.release = build(self.source, root)

    def solved(self, **code: str) -> nbformat.NotebookNode:
        """The solved notebook, cells with these ids replaced."""
        notebook = solved(self.source)
        for cell in notebook.cells:
            cell.source = code.get(cell.id, cell.source)
        return notebook


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Tiny:
    return Tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def faults(tmp_path):
    """Build the tiny source with one text replaced; the faults, as `line: message`."""

    def build_changed(old: str, new: str) -> list[str]:
        assert old in TINY
        path = tmp_path / f"{LAB}.py"
        path.write_text(TINY.replace(old, new), encoding="utf-8")
        with pytest.raises(BuildError) as caught:
            build(path, tmp_path)
        assert not (tmp_path / "labs").exists()
        assert all(fault.startswith(f"{path}:") for fault in caught.value.faults)
        return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]

    return build_changed
