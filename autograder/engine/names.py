"""The names that a test sees: the course's own, made here from its text; all others are the box's.

The course's cells run here where they stand among the student's, once, and only those that some
test needs.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from IPython.core.inputtransformer2 import TransformerManager

from autograder.engine.outputs import in_words
from autograder.source import bound_names

if TYPE_CHECKING:
    from autograder.engine.judge import Cell

MODULE = "__judge__"  # where the course's classes say that they are from


class Names(dict):
    """A test's globals; a name that is in none of the course's cells is asked of the box.

    An exercise's name is the student's even where Python has one like it.
    """

    def __init__(self, look_up: Callable[[str], Any], exercises: Iterable[str]) -> None:
        super().__init__(__name__=MODULE, __builtins__=builtins)
        sys.modules.setdefault(MODULE, ModuleType(MODULE))  # dataclasses look it up
        self.look_up = look_up
        self.exercises = frozenset(exercises)
        self.failed: dict[str, str] = {}  # names of the course's that can't be made, and why

    def __missing__(self, name: str) -> Any:
        if name in self.failed:
            raise NameError(f"{name} could not be made: {self.failed[name]}", name=name)
        return getattr(builtins, name) if self.has(name) else self.look_up(name)

    def has(self, name: str) -> bool:
        """Whether a name is the test's, the course's or Python's own, so none of the box's."""
        return name in self or (name not in self.exercises and hasattr(builtins, name))

    def copy(self) -> Names:
        """The same names for one test, which may bind its own."""
        twin = Names(self.look_up, self.exercises)
        twin.update(self)
        twin.failed = self.failed
        return twin

    def make(self, text: str, cell_id: str) -> None:
        """Run a cell of the course's; where it fails, the names that it lacks then have failed."""
        tree = parsed(text)
        nowhere = io.StringIO()
        try:
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                exec(compile(tree, f"<{cell_id}>", "exec", dont_inherit=True), self)
        except (Exception, SystemExit) as error:
            lacking = bound_names(tree) - self.keys()
            self.failed |= dict.fromkeys(lacking, in_words(error))


def needed(cells: Sequence[Cell]) -> set[str]:
    """The ids of the course's cells that bind what some test below names, and what those name.

    Also what a test binds itself: it may read that first, and must not read the student's.
    """
    ids: set[str] = set()
    wanted: set[str] = set()
    for cell in reversed(cells):
        tree = parsed(cell.source if cell.kind == "test" else cell.given)
        if cell.kind != "test":
            if not bound_names(tree) & wanted:
                continue
            ids.add(cell.id)
        wanted |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return ids


@lru_cache(1000)
def parsed(source: str) -> ast.Module:
    """A cell's syntax tree without its magics; an empty one for what doesn't parse."""
    try:
        tree = python_or_magics(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
    tree.body = [statement for statement in tree.body if not magic(statement)]
    return tree


def python_or_magics(source: str) -> ast.Module:
    """A cell's syntax tree, magics as calls of `get_ipython`. Raises SyntaxError, ValueError."""
    try:
        return ast.parse(source)  # far quicker, where it will do
    except SyntaxError:
        return ast.parse(TransformerManager().transform_cell(source))


def magic(statement: ast.stmt) -> bool:
    calls = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return any(name.id == "get_ipython" for name in calls)
