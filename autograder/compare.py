"""A regrade that is only looked at: whose marks would move, by which test, before anything is kept.

python -m autograder grade ps1 --compare
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.assignment import is_test, key
from autograder.course import Grading
from autograder.inert import printable
from autograder.lms_table import inert
from autograder.record import Graded, Recorder
from autograder.report import make, watched
from autograder.result import Result
from autograder.work import Work

LINES = 1  # of a test's message in the table


@dataclass(frozen=True)
class Move:
    """One test's points for one student, in the gradebook and now."""

    student: str
    test: str
    before: float | None  # None: not graded yet
    after: float
    by_hand: float | None  # a mark that a person gave counts in place of both
    says: str  # the test's message now

    @property
    def change(self) -> float:
        """Points that the student's total would move by."""
        return 0.0 if self.by_hand is not None else self.after - (self.before or 0.0)


class Comparison(Grading):
    """A run that records nothing in the gradebook; `moves` says what it would."""

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.moves: list[Move] = []

    def record(
        self, recorder: Recorder, works: Sequence[Work], graded: Mapping[str, Graded], force: bool
    ) -> Result:
        """One student's new points, beside those that the gradebook has."""
        result = self.result(works[0].student, works, graded)
        known, scores = recorder.points(result.student), dict(result.scores)
        for work in works:
            found = {v["id"]: v for v in graded[work.book.name].verdicts}
            for cell in filter(is_test, work.notebook.cells):
                name, verdict = self.names(work.book)[key(cell)], found[key(cell)]
                scores[name] = verdict["score"]
                before, by_hand = known.get((work.book.name, key(cell)), (None, None))
                if before != verdict["score"]:
                    says = verdict["error"] or ""
                    move = (result.student, name, before, verdict["score"], by_hand, says)
                    self.moves.append(Move(*move))
        return replace(result, scores=scores)


def compare(comparison: Comparison, out: Path | None, **options) -> list[Move]:
    """Run it, print what would move; moves.csv into `out`. Options are those of `Grading.run`.

    Raises UsageError, NoIsolation.
    """
    console = Console()
    with watched(comparison.assignment, len(comparison.students), console) as progress:
        for result in comparison.run(**options):
            progress(result)
    show(comparison, console)
    if out is not None:
        make(out)
        write_csv(comparison.moves, out / "moves.csv")
        console.print(f"moves.csv is in {out}", markup=False, highlight=False)
    return comparison.moves


def show(comparison: Comparison, console: Console) -> None:
    """Print whose marks would move, from what to what and why."""
    moves = sorted(comparison.moves, key=lambda m: (m.student, m.test))
    if moves:
        table = Table(title=f"{comparison.assignment}: what would move", title_justify="left")
        for name in ("student", "test"):
            table.add_column(name)
        for name in ("from", "to"):
            table.add_column(name, justify="right")
        table.add_column("what the test says now")
        for move in moves:
            before = "–" if move.before is None else f"{move.before:g}"
            says = "\n".join(move.says.splitlines()[:LINES])
            if move.by_hand is not None:
                says = f"{move.by_hand:g} by hand, which stays. {says}"
            row = (move.student, move.test, before, f"{move.after:g}", says)
            table.add_row(*map(printable, row))
        console.print(table)
    totals: dict[str, float] = {}
    for move in moves:
        totals[move.student] = totals.get(move.student, 0.0) + move.change
    up, down = sum(v > 0 for v in totals.values()), sum(v < 0 for v in totals.values())
    console.print(
        f"{len(comparison.students)} students: {up} would go up, {down} down. Nothing is recorded: "
        f"without --compare it will be.",
        highlight=False,
    )


def write_csv(moves: Sequence[Move], path: Path) -> None:
    """One row a move."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(field.name for field in fields(Move))
        for move in moves:  # a message is the student's: no spreadsheet is to compute it
            row = (inert(x) if isinstance(x, str) else x for x in astuple(move))
            rows.writerow(row)
