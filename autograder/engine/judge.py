"""Grades one submission: its cells run in a box, the graded tests here, on stand-ins.

A test cell runs as it stands in the course's own source. Names that the course's own cells
define are made here, from their text; every other name is asked of the box.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from autograder.engine.link import Gone
from autograder.engine.standin import Session, StudentError
from autograder.engine.wire import WireError
from autograder.source import bound_names, read_names

SEED = 0
MAX_TOLD = 100_000  # characters that one test prints


class OverLimit(Exception):
    """The box used more than it may; the message says of what."""


class Box(Protocol):
    """What the judge needs of a box: the socket, the limits, the end."""

    sock: Any

    def usage(self) -> Any: ...

    def over(self, since: Any, began: float) -> str | None: ...

    def kill(self) -> None: ...


@dataclass(frozen=True)
class Cell:
    """A cell of one submission; `id` is unique in it."""

    id: str
    kind: str  # run: in the box; test: graded, here; inside: graded, in the box, so forgeable
    source: str
    points: float = 0.0
    given: str = ""  # of a run cell: the course's own text of it, where it has one
    name: str = ""  # of a run cell that answers an exercise: the function's name
    without: str = ""  # and what it must not be, use or copy, such as "greenlab.distill.soften"


@dataclass
class Verdict:
    """What came of one cell: its outputs, an error in words, a graded cell's points, flags."""

    id: str
    outputs: list[dict] = field(default_factory=list)
    error: str | None = None
    score: float | None = None
    flags: list[str] = field(default_factory=list)


class Judge:
    """One submission's grading. `open_box` starts a fresh box; it is called again after a death."""

    def __init__(self, cells: Sequence[Cell], open_box: Callable[[], Box], clock: Callable) -> None:
        self.cells = cells
        self.open_box = open_box
        self.clock = clock
        self.box: Box | None = None
        self.session: Session | None = None
        self.ran: list[Cell] = []  # what a fresh box must run again
        self.sources: list[str] = []
        self.given: dict[str, Any] = {}  # the judge's own names, by the given cells' source

    def grade(self) -> list[Verdict]:
        """A verdict for each cell, in order; never raises for what a submission does."""
        try:
            return [self.test(c) if c.kind == "test" else self.run(c) for c in self.cells]
        finally:
            self.close()

    def close(self) -> None:
        if self.box is not None:
            self.box.kill()
        self.box = self.session = None

    def open(self) -> Session:
        """The session with a living box, in which all earlier cells have run."""
        if self.session is None:
            self.box = self.open_box()
            self.session = Session(self.box.sock, self.tick)
            self.session.sources = self.sources
            for cell in list(self.ran):
                try:
                    self.timed("run", cell.source)
                except (OverLimit, Gone, WireError):
                    self.ran.remove(cell)  # it ran before and does not now: go on without it
                    self.close()
                    return self.open()
        return self.session

    def timed(self, verb: str, *rest: Any) -> Any:
        self.start_clock()
        return self.session.ask(verb, *rest)

    def start_clock(self) -> None:
        self.began, self.since = self.clock(), self.box.usage()

    def tick(self) -> None:
        if (reason := self.box.over(self.since, self.began)) is not None:
            raise OverLimit(reason)

    def run(self, cell: Cell) -> Verdict:
        """Run one of the student's or the course's cells in the box."""
        try:
            self.open()
            answer = self.timed("run", cell.source)
            outputs, error = answer
            self.ran.append(cell)
            self.sources.append(cell.source)
            return Verdict(cell.id, outputs, None if error is None else str(error))
        except (OverLimit, Gone, WireError, ValueError, TypeError) as failure:
            self.close()
            return Verdict(cell.id, [error_output(failure)], in_words(failure))

    def test(self, cell: Cell) -> Verdict:
        """Run one graded cell here; full points unless it raises or ends in a number of points."""
        verdict, printed = Verdict(cell.id, score=0.0), io.StringIO()
        try:
            self.open()
            names = self.namespace(cell)
            seed()
            self.start_clock()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                value = execute(cell, names)
            verdict.score = points(value, cell.points)
            if value is not None:
                verdict.outputs.append(result_output(value))
        except Exception as failure:  # an assertion, or whatever else the test ended in
            verdict.error = in_words(failure)
            verdict.outputs.append(error_output(failure))
            if isinstance(failure, OverLimit | Gone | WireError):
                self.close()
        if text := printed.getvalue()[:MAX_TOLD]:
            verdict.outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": text})
        return verdict

    def namespace(self, cell: Cell) -> Names:
        """The names that a test sees: the course's, made here; all others stand for the box's."""
        needed = set(read_names(ast.parse(cell.source)))
        for given in self.needed_cells(needed, cell):
            if given.id not in self.given:
                made: dict[str, Any] = {"__name__": "__judge__"} | self.merged()
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(given.given, f"<{given.id}>", "exec"), made)
                self.given[given.id] = made
        return Names(self.merged(), self.session)

    def merged(self) -> dict[str, Any]:
        names: dict[str, Any] = {}
        for made in self.given.values():
            names |= made
        return names

    def needed_cells(self, needed: set[str], test: Cell) -> list[Cell]:
        """The given cells above a test that bind what it reads, and what those read, in order."""
        above = [c for c in self.cells[: list(self.cells).index(test)] if c.given]
        chosen: list[Cell] = []
        for cell in reversed(above):
            tree = ast.parse(cell.given)
            if bound_names(tree) & needed:
                chosen.insert(0, cell)
                needed |= set(read_names(tree))
        return chosen


class Names(dict):
    """A test's globals; a name that is in none of the course's cells is asked of the box."""

    def __init__(self, own: dict[str, Any], session: Session) -> None:
        super().__init__(own)
        self["__builtins__"] = builtins
        self._session = session

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            return getattr(builtins, name)
        return self._session.look_up(name)


def execute(cell: Cell, names: Names) -> Any:
    """Run a test cell; the value of its last expression, if that is how it ends."""
    tree = ast.parse(cell.source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, f"<{cell.id}>", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), f"<{cell.id}>", "eval"), names)


def points(value: Any, most: float) -> float:
    """nbgrader's partial credit: a number that the test ends in, else all. Raises ValueError."""
    if type(value) not in (int, float):
        return most
    if not 0 <= value <= most:
        raise ValueError(f"the test ends in {value} points of {most:g}")
    return float(value)


def seed() -> None:
    """The same random numbers in every test, whatever ran before."""
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 — tests may call the legacy functions
    torch.manual_seed(SEED)


def in_words(failure: Exception) -> str:
    """A failure as its student should read it."""
    if isinstance(failure, OverLimit):
        return f"Stopped: {failure}."
    if isinstance(failure, Gone):
        return "Stopped: the code ended its own process (exit, a crash, or out of memory)."
    if isinstance(failure, WireError):
        return f"Your code gave something that can't be graded: {failure}."
    name = type(failure).__name__
    text = str(failure)
    return text if name in ("AssertionError", "NotYet") and text else f"{name}: {text}"


def error_output(failure: Exception) -> dict:
    """The failure as a notebook's error output, without the judge's own lines."""
    words = in_words(failure)
    name = type(failure).__name__ if not isinstance(failure, StudentError) else "StudentError"
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [words]}


def result_output(value: Any) -> dict:
    data = {"text/plain": repr(value)[:1000]}
    return {"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}
