"""Finds what a graded test does that holds only in the student's own process.

The judge runs tests outside of it, on stand-ins for what the student defined, so a test may do
less than in a notebook. Each fault says what to write instead.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from nbformat import NotebookNode

from autograder.engine.names import python_or_magics
from autograder.idiom_rules import broken_rules
from autograder.source import bound_names, read_names


@dataclass(frozen=True)
class Part:
    """A code cell as the course wrote it; `role`: given, solution, test, or other (not judged)."""

    id: str
    role: str
    source: str

    @cached_property
    def parsed(self) -> ast.Module | SyntaxError:
        """Its syntax tree, magics as calls of `get_ipython`, or why there is none."""
        try:
            return python_or_magics(self.source)
        except SyntaxError as error:
            return error
        except ValueError:
            return SyntaxError("null bytes")

    @property
    def tree(self) -> ast.Module:
        """The same, empty where there is none."""
        return self.parsed if isinstance(self.parsed, ast.Module) else ast.Module([], [])

    @cached_property
    def binds(self) -> set[str]:
        return bound_names(self.tree)

    @cached_property
    def imports(self) -> dict[str, str]:
        """Names that its imports bind at any depth, and what each stands for, in full."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    found[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        return found


@dataclass
class Scope:
    """What the course's cells above a test mean to it."""

    given: dict[str, Part] = field(default_factory=dict)  # names of the course's own cells
    solved: dict[str, Part] = field(default_factory=dict)  # names of the answers
    tested: dict[str, Part] = field(default_factory=dict)  # names that tests bind for themselves
    imports: dict[str, str] = field(default_factory=dict)  # of the course's own cells
    solutions: list[Part] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """Go on below a cell."""
        if part.role == "given":
            self.given |= dict.fromkeys(part.binds, part)
            self.imports |= part.imports
            for name in part.binds:
                self.solved.pop(name, None)
        elif part.role == "solution":
            self.solutions.append(part)
            self.solved |= dict.fromkeys(part.binds, part)
        elif part.role == "test":
            self.tested |= dict.fromkeys(part.binds, part)


def faults(parts: Sequence[Part]) -> list[tuple[str, int, str]]:
    """(cell, line in it, what to do) for all that keeps these cells' tests from being judged."""
    found = []
    scope = Scope()
    for number, part in enumerate(parts):
        if part.role == "test":
            lower = (p for p in reversed(parts[number:]) if p.role in ("given", "solution"))
            below = {name: p for p in lower for name in p.binds}
            told = [*wrong_names(part, scope, below), *broken_rules(part, scope)]
            if isinstance(error := part.parsed, SyntaxError):
                told = [(error.lineno or 1, f"this is no Python ({error.msg}): correct it")]
        else:
            told = list(borrowed_names(part, scope))
        found += [(part.id, line, sentence) for line, sentence in sorted(set(told))]
        scope.add(part)
    return found


def wrong_names(test: Part, scope: Scope, below: dict[str, Part]) -> Iterator[tuple[int, str]]:
    """Names that a test reads and the judge can't make, or would take from the wrong side."""
    for name, line in read_names(test.tree).items():
        solved, given = scope.solved.get(name), scope.given.get(name)
        imported = solved is not None and name in solved.imports
        if name == "get_ipython" or (given and (not solved or imported)):
            continue
        if imported:
            told = f"imported only in the answer {solved.id}, so the student's: import it here"
        elif solved and given:
            told = (
                f"the course's in {given.id} and the student's in {solved.id}: give the student's "
                "another name"
            )
        elif hasattr(builtins, name):
            told = "one of Python's own names, too: call the answer otherwise" if solved else ""
        elif solved:
            continue
        elif other := scope.tested.get(name):
            told = f"bound only in the test {other.id}: bind it here, too"
        elif other := below.get(name):
            told = f"bound only further down, in {other.id}: move that above"
        else:
            told = "bound in none of the course's cells above: bind it here, or correct it"
        if told:
            yield line, f"{name} is {told}"


def borrowed_names(part: Part, scope: Scope) -> Iterator[tuple[int, str]]:
    """Names that a cell reads and only a test above binds, which doesn't run with it."""
    if part.role not in ("given", "solution"):
        return
    for name, line in read_names(part.tree).items():
        known = name in scope.given or name in scope.solved or hasattr(builtins, name)
        if not known and (other := scope.tested.get(name)):
            told = f"bound only in the test {other.id}, which runs apart from the student's code"
            yield line, f"{name} is {told}: bind it in a cell of the course's"


def faults_of_notebook(notebook: NotebookNode) -> list[tuple[str, str]]:
    """The same for the source of any nbgrader assignment: its cell, "Cell grade_id, line 3: …"."""
    parts = [part_of(cell) for cell in notebook.cells if cell.cell_type == "code"]
    return [(name, f"Cell {name}, line {line}: {told}.") for name, line, told in faults(parts)]


def part_of(cell: NotebookNode) -> Part:
    """A code cell of an nbgrader source, by its metadata."""
    meta, ours = cell.metadata.get("nbgrader", {}), cell.metadata.get("greenlab", {})
    name = str(meta.get("grade_id") or cell.get("id", ""))
    role = "given"
    if meta.get("solution"):
        role = "solution"
    elif meta.get("grade"):
        role = "other" if ours.get("inside") else "test"
    elif ours.get("role") in ("explore", "checkpoint"):
        role = "other"
    return Part(name, role, cell.source)
