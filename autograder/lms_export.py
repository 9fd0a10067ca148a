"""Writes marks into the CSV that Canvas or Moodle exported, so that it can be imported there.

Canvas (instructure/canvas-lms, lib/gradebook_importer.rb) wants the columns up to Section as it
wrote them, the assignment's column by its name and number, and the row of Points Possible, which
changes what the assignment is worth and so stays as it is. Moodle (moodle/moodle,
mod/assign/feedback/offline/importgradeslib.php) wants its worksheet with Identifier, Grade and
Last modified (grade) as they were, by which it knows whether a grade has changed since.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import UsageError
from autograder.lms_marks import Mark
from autograder.lms_roster import Roster, Unmatched, cell, spelled
from autograder.lms_table import inert, number, points, write_table

WITH_ID = re.compile(r"(.+) \([0-9]+\)")  # a column of Canvas's that is an assignment
OWN_TEXT = "Feedback comments"  # the teacher's own, imported as it stands


@dataclass
class Exported:
    """What came of an export: how many marks were written, who has none in it and why."""

    written: int = 0
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)  # to be graded by hand
    unsure: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)  # what the LMS says of who it is
    unmatched: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)  # in the roster, without marks


def export_roster(
    marks: Sequence[Mark],
    roster: Roster,
    assignment: str,
    out: Path,
    *,
    column: str | None = None,
    scale: bool = False,
    partial: bool = False,
) -> Exported:
    """Write `roster`'s CSV with the marks in it, whole for Moodle, the one column for Canvas.

    Marks with points that wait for a person are left out unless `partial`; `scale` brings them to
    the maximum that the system has. Raises UsageError.
    """
    table = roster.table
    if roster.kind == "plain":
        raise UsageError(
            f"{table.path} is a plain list: give as --roster what Canvas or Moodle exported."
        )
    place = grade_column(roster, assignment, column)
    factor = scaling(marks, maximum(roster, place), scale, table.header[place])
    exported = Exported()
    rows = [list(row) for row in table.rows]
    by_row = placed(marks, roster, exported)
    for person in roster.people:
        mark = by_row.get(person.row)
        if mark is None:
            exported.missing.append(person.id)
        elif mark.waiting and not partial:
            exported.waiting[mark.student] = mark.waiting
        elif reason := locked(roster, person.row, place):
            exported.kept[mark.student] = reason
        else:
            rows[person.row][place] = points(mark.score * factor)
            exported.written += 1
            if mark.waiting:
                exported.waiting[mark.student] = mark.waiting
            if mark.unsure:
                exported.unsure[mark.student] = mark.unsure
    columns = list(range(len(table.header)))
    if roster.kind == "canvas":
        columns = [*columns[: table.column("Section") + 1], place]
    own = table.column(OWN_TEXT)
    written = [[row[c] if c in (own, place) else inert(row[c]) for c in columns] for row in rows]
    write_table(out, [table.header[c] for c in columns], written)
    return exported


def placed(marks: Sequence[Mark], roster: Roster, exported: Exported) -> dict[int, Mark]:
    """Each mark by the row of the roster that is its student's; others are told."""
    by_id = {person.id: person for person in roster.people}
    found: dict[int, Mark] = {}
    for mark in marks:
        try:
            person = by_id.get(mark.student) or roster.match(mark.who)
        except Unmatched as reason:
            exported.unmatched[mark.student] = str(reason)
            continue
        if (other := found.get(person.row)) is not None:
            exported.unmatched[mark.student] = f"is in the row of {other.student}, too"
        else:
            found[person.row] = mark
    return found


def grade_column(roster: Roster, assignment: str, wanted: str | None) -> int:
    """Where the marks go: the assignment's column in Canvas, in Moodle Grade. Raises UsageError."""
    table = roster.table
    if roster.kind == "moodle":
        if (place := table.column(wanted or "Grade")) is None:
            raise UsageError(
                f"No column {wanted or 'Grade'} in {table.path}: download the grading worksheet, "
                "with Moodle in English."
            )
        return place
    work = [i for i, name in enumerate(table.header) if WITH_ID.fullmatch(name)]
    called = spelled(wanted or assignment)
    names = {
        i: (spelled(table.header[i]), spelled(WITH_ID.fullmatch(table.header[i])[1])) for i in work
    }
    found = [i for i in work if called in names[i]]
    if not wanted and not found and len(work) == 1:
        found = work
    if len(found) != 1:
        listed = ", ".join(table.header[i] for i in work) or "none; make the assignment in Canvas"
        raise UsageError(
            f"{'Two columns are' if found else 'No column is'} called {wanted or assignment} in "
            f"{table.path}: name one by --column. Assignments there: {listed}."
        )
    return found[0]


def maximum(roster: Roster, place: int) -> float | None:
    """What the assignment is worth in the system; None where its CSV doesn't tell."""
    table = roster.table
    if roster.kind == "moodle":
        tops = {number(cell(table, p.row, "Maximum Grade")) for p in roster.people} - {None}
        return tops.pop() if len(tops) == 1 else None
    worth = [row[place] for row in table.rows if "Points Possible" in row[0]]
    return number(worth[0]) if worth else None


def scaling(marks: Sequence[Mark], top: float | None, scale: bool, name: str) -> float:
    """By what marks are multiplied. Raises UsageError where that would have to be guessed."""
    full = max(mark.full for mark in marks)
    if scale and (not top or not full):
        raise UsageError(f"--scale: {name} doesn't say what it is worth; leave --scale out.")
    if scale:
        return top / full
    if top is not None and abs(top - full) > 1e-6:
        raise UsageError(
            f"{name} is worth {points(top)} there and {points(full)} points here: set "
            f"{points(full)} there and download the CSV again, or add --scale."
        )
    return 1.0


def locked(roster: Roster, row: int, place: int) -> str:
    """Why a student's grade may not be written; empty if it may."""
    there = roster.table.rows[row][place].strip()
    if roster.kind == "canvas" and there.upper() in ("EX", "N/A"):
        return "excused in Canvas" if there.upper() == "EX" else "not given this assignment"
    if cell(roster.table, row, "Grade can be changed").casefold() == "no":
        return "locked in Moodle"
    return ""
