"""Grades one submission: its cells run in a box, the graded tests here, on stand-ins.

A test cell runs as it stands in the course's own source. Names that the course's own cells
define are made here, from their text; every other name is asked of the box.
"""

from __future__ import annotations

import ast
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from autograder.engine.link import TICK, OverLimit
from autograder.engine.names import Names, needed
from autograder.engine.outputs import (
    MAX_WORDS,
    Printed,
    checked,
    error_output,
    failed_line,
    in_words,
    points,
    result,
    scrubbed,
    shown_points,
    stream,
)
from autograder.engine.session import FATAL, Session
from autograder.engine.shell import cell_seed, seed_all
from autograder.engine.wire import WireError

SEED = 0


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
        self.answers: list[Cell] = []  # to be reviewed before the next test
        self.flags: dict[str, bool] = {}  # and whether a verdict has told them
        self.needed = needed(cells)
        self.names = Names(self.look_up, (cell.name for cell in cells if cell.name))
        self.looked = 0.0

    def grade(self) -> list[Verdict]:
        """A verdict for each cell, in order; never raises for what a submission does."""
        try:
            return [self.one(cell) for cell in self.cells]
        finally:
            self.close()

    def one(self, cell: Cell) -> Verdict:
        """What comes of one cell, which is the next."""
        return self.run(cell) if cell.kind == "run" else self.test(cell)

    def close(self) -> None:
        """End the box; the next cell that needs one gets a fresh one."""
        if self.box is not None:
            self.box.kill()
        self.box = self.session = None

    def open(self) -> Session:
        """The session with a living box, in which all earlier cells have run."""
        if self.session is not None and self.session.fault is not None:
            self.close()
        while self.session is None:
            self.box = self.open_box()
            self.session = Session(self.box.sock, self.tick)
            self.session.sources = self.sources
            for cell in list(self.ran):
                try:
                    self.ask_to_run(cell)
                except FATAL as failure:  # it ran before and does not now: go on without it
                    self.ran.remove(cell)
                    self.flags[f"{cell.id} did not run a second time: {in_words(failure)}"] = False
                    self.close()
                    break
        return self.session

    def ask_to_run(self, cell: Cell) -> tuple[list[dict], str | None]:
        """A cell's outputs and error, of which the box says what it likes."""
        self.start_clock()
        match self.session.ask("run", cell.source):
            case [outputs, (None | str()) as error]:
                return checked(outputs), error and scrubbed(error)[:MAX_WORDS]
        raise WireError("a cell's outputs that are none")

    def start_clock(self) -> None:
        self.began, self.since = self.clock(), self.box.usage()

    def tick(self) -> None:
        if (now := time.monotonic()) - self.looked < TICK:
            return
        self.looked = now
        if (reason := self.box.over(self.since, self.began)) is not None:
            raise OverLimit(reason)

    def run(self, cell: Cell) -> Verdict:
        """Run one of the student's or the course's cells in the box, and here what tests need."""
        verdict = Verdict(cell.id)
        try:
            self.open()
            verdict.outputs, verdict.error = self.ask_to_run(cell)
            self.settle(verdict)
            if self.session is not None:
                self.ran.append(cell)
            self.sources.append(cell.source)
            self.answers += [cell] if cell.without else []
            self.review()
        except Exception as failure:
            verdict.outputs, verdict.error = [error_output(failure)], in_words(failure)
            self.close()
        if cell.id in self.needed:
            seed_all(cell_seed(SEED, cell.given))
            self.names.make(cell.given, cell.id)
        return self.flagged(verdict)

    def test(self, cell: Cell) -> Verdict:
        """Grade one cell; full points unless it raises or ends in a number of points."""
        if cell.kind == "inside":
            return self.inside(cell)
        verdict, printed = Verdict(cell.id), Printed()
        try:
            session = self.open()
            self.review()
            self.answers.clear()  # what tests have seen
            self.start_clock()
            # Two streams of numbers, or the student's noise would be the test's data.
            session.begin(cell_seed(SEED + 1, cell.id))
            seed_all(cell_seed(SEED, cell.source))
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                value, own = execute(cell, self.names.copy())
                shown = [] if value is None else [result(value)]
            if session.fault is not None:  # the test has swallowed it
                raise session.fault
            verdict.score, verdict.outputs = points(value if own else None, cell.points), shown
        except BaseException as failure:  # an assertion, or whatever else the test ended in
            line = failed_line(failure, cell.source, f"<{cell.id}>")
            verdict.score, verdict.error = 0.0, in_words(failure, line)
            verdict.outputs = [error_output(failure, line)]
        if text := printed.getvalue():
            verdict.outputs.insert(0, stream(text))
        self.settle(verdict)
        return self.flagged(verdict)

    def settle(self, verdict: Verdict) -> None:
        """After a cell: the course's data as before it; a new box for one that has eaten memory."""
        if self.session is not None:
            try:
                self.session.undo_changes()
            except Exception as failure:
                self.flags[f"{verdict.id} left data changed: {in_words(failure)}"] = False
            if (verdict.error or "").startswith("MemoryError"):
                self.close()

    def inside(self, cell: Cell) -> Verdict:
        """Grade one cell by what the box says: the student's code could say the same."""
        verdict = self.run(cell)
        failed = verdict.error or any(o["output_type"] == "error" for o in verdict.outputs)
        try:
            verdict.score = 0.0 if failed else shown_points(verdict.outputs, cell.points)
        except ValueError as failure:
            verdict.score, verdict.error = 0.0, in_words(failure)
            verdict.outputs.append(error_output(failure))
        return verdict

    def look_up(self, name: str) -> Any:
        """What the student's `name` is, for a test or for a cell of the course's made here."""
        return (self.session or self.open()).look_up(name)

    def review(self) -> None:
        """Flag answers that use or copy what they should do without."""
        for cell in self.answers:
            from autograder.engine.ownwork import violation  # it loads what students import

            if said := violation(cell.name, self.sources, cell.without):
                self.flags.setdefault(said, False)

    def flagged(self, verdict: Verdict) -> Verdict:
        """The verdict with the flags that none has told before."""
        verdict.flags += [flag for flag, told in self.flags.items() if not told]
        self.flags = dict.fromkeys(self.flags, True)
        return verdict


def execute(cell: Cell, names: Names) -> tuple[Any, bool]:
    """Run a test cell; the value of its last expression, and whether the test itself made it.

    A test that ends in a call or a name of the student's would let them say their own points.
    """
    tree = ast.parse(cell.source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, f"<{cell.id}>", "exec", dont_inherit=True), names)
    if last is None:
        return None, True
    base = last.value
    while isinstance(base, ast.Call | ast.Attribute | ast.Subscript):
        base = base.func if isinstance(base, ast.Call) else base.value
    own = not isinstance(base, ast.Name) or names.has(base.id)
    value = compile(ast.Expression(last.value), f"<{cell.id}>", "eval", dont_inherit=True)
    return eval(value, names), own
