"""Notebooks whose cells aren't the course's: edited, deleted, doubled, moved, renamed."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.hostile.case import Case, Submission, cheat, unlucky
from tests.hostile.course import SOLUTIONS, WRITTEN
from tests.hostile.files import data

SCRIPT = "<script>alert(1)</script><img src='x' onerror='alert(1)'> [more](javascript:alert(1))"


def edit(name: str, source: str) -> Callable[[Submission], None]:
    """Write into a cell that isn't theirs."""
    return lambda s: s.answer(name, source)


def easy_tests(s: Submission) -> None:
    for name in SOLUTIONS:
        s.answer(f"test_{name}", "4.0" if name == "primes" else "assert True")


def no_tests(s: Submission) -> None:
    for name in SOLUTIONS:
        s.notebook.cells.remove(s.cell(f"test_{name}"))


def twin_tests(s: Submission) -> None:
    """Each test stands twice: as it was, then as it would be nice."""
    for name in SOLUTIONS:
        twin = nbformat.from_dict(s.cell(f"test_{name}"))
        twin.source, twin.id = "assert True", f"twin-{name}"
        s.notebook.cells.insert(s.index(f"test_{name}") + 1, twin)


def more_points(s: Submission) -> None:
    for name in SOLUTIONS:
        s.cell(f"test_{name}").metadata.nbgrader |= {"points": 100.0, "locked": False}
        s.cell(name).metadata.nbgrader |= {"points": 100.0, "grade": True}


def reversed_cells(s: Submission) -> None:
    s.notebook.cells.reverse()


def no_ids(s: Submission) -> None:
    """As some editors save: ids and metadata gone."""
    for cell in s.notebook.cells:
        cell.metadata = nbformat.from_dict({})
        cell.pop("id")
    s.notebook.nbformat_minor = 4


def ids_of_tests(s: Submission) -> None:
    """Own cells that bear the names of others, and of what the grader puts in."""
    for name in (*(f"test_{name}" for name in SOLUTIONS), "given", "autograder-notes"):
        s.notebook.cells.append(new_code_cell("x = 4.0\nx", id=name))


def named_twice(s: Submission) -> None:
    """Own cells that say that they are tests."""
    for name in SOLUTIONS:
        cell = new_code_cell("4.0")
        cell.metadata = nbformat.from_dict(s.cell(f"test_{name}").metadata)
        cell.metadata.nbgrader.grade_id = f"extra_{name}"
        cell.metadata["greenlab"] = {"score": 4.0, "role": "tests", "name": name}
        s.notebook.cells.append(cell)


def strange_metadata(content: dict) -> None:
    strange = [[], "x", 7, None, {"grade_id": ["x"]}, {"grade_id": None}, {"schema_version": 99}]
    for number, value in enumerate(strange):
        cell = {"cell_type": "code", "source": "x = 1", "outputs": [], "execution_count": None}
        content["cells"].append(cell | {"metadata": {"nbgrader": value}, "id": f"odd-{number}"})


def half_a_character(s: Submission) -> None:
    """As some editors save what was pasted."""
    s.answer(WRITTEN, "caf\ud800 \0")
    data(lambda _: None)(s)


def huge(s: Submission) -> None:
    for number in range(3000):
        s.notebook.cells.append(new_code_cell(f"x{number} = {number}"))
    s.notebook.cells.append(new_markdown_cell("words " * 10**6))


CASES: list[Case] = [
    cheat("assert True", "in place of each test", change=easy_tests),
    cheat("no tests", "no failures", change=no_tests),
    cheat("tests twice", "the second is easy", change=twin_tests),
    cheat("more points", "in its own metadata", change=more_points),
    unlucky("edited test", "looked at what comes out", change=edit("test_primes", "print(7)")),
    unlucky("deleted tests", "tidied up", change=no_tests),
    unlucky("deleted given cell", "tidied up", change=lambda s: s.notebook.cells.pop(2)),
    unlucky("cells in another order", "the last first", change=reversed_cells),
    unlucky("ids lost", "saved by another editor", change=no_ids),
    unlucky("names of the course's cells", "as ids of its own", change=ids_of_tests),
    cheat("names of the course's tests", "as ids of its own", change=ids_of_tests),
    cheat("more tests", "that it has passed", change=named_twice),
    unlucky("strange metadata", "in cells of its own", change=data(strange_metadata)),
    unlucky("half a character", "in a cell", "x = 'caf\ud800'", change=data(lambda _: None)),
    unlucky("half a character written", "in the answer in words", change=half_a_character),
    unlucky("script in words", "run by who reads them", change=edit(WRITTEN, SCRIPT)),
    unlucky("huge notebook", "3000 cells of its own", change=huge),
]
