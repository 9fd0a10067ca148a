"""A small nbgrader course to cheat in, made by nbgrader's own generate_assignment.

`ps1` has what assignments have: an unlocked import cell, a given cell that reads a file of the
course, visible and hidden tests, partial credit by last expression, a class, a generator,
gradients, a written answer.
"""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

ASSIGNMENT = "ps1"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SETTINGS = 'c = get_config()\nc.CourseDirectory.course_id = "hostile"\n'

DATA, ROWS = "data/table.csv", "3,1\n0.5,2\n"

IMPORTS = """\
import math
from itertools import islice

import numpy as np
import torch"""

GIVEN = """\
TABLE = np.loadtxt("data/table.csv", delimiter=",")


def agrees(got, expected):
    return np.allclose(got, expected, atol=1e-6)"""

SOLUTIONS = {
    "normalize": """\
def normalize(rows):
    return rows / rows.sum(1, keepdims=True)""",
    "count_words": """\
def count_words(text):
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts""",
    "soften": """\
def soften(z, T):
    return torch.softmax(z / T, dim=-1)""",
    "primes": """\
def primes():
    n = 2
    while True:
        if all(n % d for d in range(2, math.isqrt(n) + 1)):
            yield n
        n += 1""",
    "step": """\
def step(n):
    return n // 2 if n % 2 == 0 else 3 * n + 1""",
    "spread": """\
def spread(rows):
    return rows.max() - rows.min()""",
    "Average": """\
class Average:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, x):
        self.total += x
        self.count += 1

    def value(self):
        return self.total / self.count""",
}

TESTS = {
    "normalize": """\
got = normalize(TABLE)
assert isinstance(got, np.ndarray), f"give an array, not {got}"
assert agrees(got, [[0.75, 0.25], [0.2, 0.8]]), f"each row should sum to 1: {got}"
### BEGIN HIDDEN TESTS
rows = np.arange(1.0, 200_001.0).reshape(1000, 200)
same = rows.copy()
got = normalize(rows)
assert isinstance(got, np.ndarray)
assert agrees(got, same / same.sum(1, keepdims=True))
assert agrees(rows, same), "the argument was changed"
### END HIDDEN TESTS""",
    "count_words": """\
got = count_words("to be or not to be")
assert got == {"to": 2, "be": 2, "or": 1, "not": 1}, f"got {got}"
### BEGIN HIDDEN TESTS
assert count_words("") == {}
assert count_words("One one ONE two") == {"one": 3, "two": 1}
### END HIDDEN TESTS""",
    "soften": """\
z = torch.tensor([[1.0, 2.0, 3.0]])
got = soften(z, 1.0)
assert torch.allclose(got, torch.tensor([[0.0900, 0.2447, 0.6652]]), atol=1e-3), f"got {got}"
### BEGIN HIDDEN TESTS
z = torch.tensor([[4.0, 0.0], [1.0, 1.0]], requires_grad=True)
expected = torch.softmax(z / 2, -1)
(gradient,) = torch.autograd.grad(expected[0, 0], z)
got = soften(z, 2.0)
assert torch.allclose(got, expected), f"got {got}"
got[0, 0].backward()
assert torch.allclose(z.grad, gradient)
### END HIDDEN TESTS""",
    "primes": """\
points = 0
if list(islice(primes(), 5)) == [2, 3, 5, 7, 11]:
    points += 1
### BEGIN HIDDEN TESTS
if list(islice(primes(), 30))[-3:] == [107, 109, 113]:
    points += 3
### END HIDDEN TESTS
points""",
    "step": """\
n, steps = 6, 0
while n != 1:
    n, steps = step(n), steps + 1
assert steps == 8
### BEGIN HIDDEN TESTS
n, steps = 27, 0
while n != 1:
    n, steps = step(n), steps + 1
assert steps == 111
### END HIDDEN TESTS""",
    "spread": """\
assert spread(np.array([1.0, 4.0])) == 3
### BEGIN HIDDEN TESTS
expected = TABLE.max() - TABLE.min()
assert spread(TABLE) == expected
### END HIDDEN TESTS""",
    "Average": """\
average = Average()
average.add(1)
average.add(2)
points = 1 - min(abs(average.value() - 1.5), 1)
### BEGIN HIDDEN TESTS
average = Average()
for x in (2, 4, 9):
    average.add(x)
points += 1 - min(abs(average.value() - 5), 1)
### END HIDDEN TESTS
points""",
}
POINTS = {
    **{"normalize": 2, "count_words": 2, "soften": 3, "primes": 4},
    **{"step": 1, "spread": 1, "Average": 2},
}
WRITTEN = "why"
QUESTION = "Why does a temperature above 1 soften the classes? (3 points)"
ANSWER = "Dividing the logits brings them closer together before they are exponentiated."


def make_course(root: Path) -> NotebookNode:
    """Make the course in `root`; the notebook that its students get."""
    folder = root / f"source/{ASSIGNMENT}"
    write(source(), folder / f"{ASSIGNMENT}.ipynb")
    (folder / DATA).parent.mkdir()
    (folder / DATA).write_text(ROWS)
    return generate(root, ASSIGNMENT)


def generate(root: Path, assignment: str) -> NotebookNode:
    """Release an assignment, as `nbgrader generate_assignment` does; what students get."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    (root / "nbgrader_config.py").write_text(SETTINGS)
    with closing(sqlite3.connect(root / "gradebook.db")) as gradebook:
        # a gradebook that has this table isn't stamped by a subprocess of seconds
        gradebook.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))")
    config = Config()
    config.CourseDirectory.course_id = "hostile"
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    course = CourseDirectory(config=config)
    course.assignment_id = assignment
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's use of its database
        GenerateAssignment(coursedir=course, config=config).start()
    return nbformat.read(root / f"release/{assignment}/{assignment}.ipynb", as_version=4)


def source() -> NotebookNode:
    """The instructor's notebook."""
    cells = [
        new_markdown_cell("# Problem set 1", id="title"),
        new_code_cell(IMPORTS, id="imports"),
        named(new_code_cell(GIVEN), "given", locked=True),
    ]
    for name, solution in SOLUTIONS.items():
        cells += exercise(name, solution, TESTS[name], POINTS[name])
    cells += [
        new_markdown_cell(QUESTION, id="question"),
        named(new_markdown_cell(ANSWER), WRITTEN, grade=True, solution=True, points=3),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def exercise(name: str, solution: str, tests: str, points: int) -> list[NotebookNode]:
    """What is asked, a cell for the answer, a graded, locked cell."""
    text = f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    graded = {"grade": True, "locked": True, "points": points}
    return [
        new_markdown_cell(f"Write `{name}`. ({points} points)", id=f"about-{name}"),
        named(new_code_cell(text), name, solution=True),
        named(new_code_cell(tests), f"test_{name}", **graded),
    ]


def named(cell: NotebookNode, name: str, **changes: bool | float) -> NotebookNode:
    """The cell under a name, with nbgrader's metadata."""
    plain = {"grade": False, "locked": False, "solution": False, "task": False}
    cell.id = f"cell-{name}"  # as in most courses not the name that nbgrader knows
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, **plain, **changes}
    return cell


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook where it belongs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
