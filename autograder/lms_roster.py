"""The instructor's list of students, and who of them handed in what: by number, then by name.

Three kinds of CSV are read: the gradebook that Canvas exports (instructure/canvas-lms,
lib/gradebook_exporter.rb: Student or LastName and FirstName, ID, SIS User ID, SIS Login ID,
Section), the grading worksheet of a Moodle assignment (moodle/moodle, mod/assign/gradingtable.php:
Identifier, Full name, Email address, Status, Grade, …), and the list that `nbgrader db student
import` takes (id, first_name, last_name, email, lms_user_id).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder import UsageError
from autograder.lms_table import Table, plain, read_table

# By which column a student's folder is called, where it is filled and another for everyone.
IDS = {
    "canvas": ("SIS Login ID", "SIS User ID", "ID"),
    "moodle": ("ID number", "Username", "Email address", "Identifier"),
    "plain": ("id",),
}
SAFE = re.compile(r"[^\W_][\w@.\-]*")  # names a folder, and nbgrader takes it
NUMBER = re.compile(r"(.*?)([0-9]+)")
TEST_STUDENT = "Student, Test"  # in Canvas every course has one
FORMS = (
    "Canvas's gradebook export (Student, ID, SIS Login ID, Section, …), Moodle's grading worksheet "
    "(Identifier, Full name, …, Grade, …), in English, or a list (id,first_name,last_name,email)"
)


@dataclass(frozen=True)
class Who:
    """What an export says of who handed in."""

    name: str = ""
    lms: str = ""  # Canvas's number of a user
    participant: str = ""  # Moodle's number of a user in an assignment
    school: str = ""  # a student number or login, whatever the school has
    email: str = ""


@dataclass(frozen=True)
class Person:
    """A student of the roster; `id` is nbgrader's, `row` where they stand in the table."""

    id: str
    row: int
    name: str = ""
    lms: str = ""
    participant: str = ""
    anonymous: str = ""  # what Moodle calls everybody who is marked blind, as Participant
    school: frozenset[str] = frozenset()
    email: str = ""
    late: bool = False
    modified: str = ""  # when handed in, in the words of Moodle

    def fits(self, who: Who) -> bool:
        """Whether a number, login or address is theirs."""
        return bool(
            (who.lms and who.lms == self.lms)
            or (who.participant and who.participant == self.participant)
            or (who.school and who.school.casefold() in self.school)
            or (who.email and who.email.casefold() in {self.email, *self.school})
        )

    def is_called(self, name: str) -> bool:
        """Whether a name is theirs, first or last name first."""
        return bool(spelled(name)) and spelled(name) in spellings(self.name)


class Unmatched(Exception):
    """Nobody in the roster, or more than one; the message says why and what to do."""


@dataclass(frozen=True)
class Roster:
    """The students of a table of one kind: canvas, moodle or plain."""

    kind: str
    table: Table
    people: list[Person]

    def match(self, who: Who) -> Person:
        """Who it is, if that is sure. Raises Unmatched."""
        source = self.table.path.name
        found = [person for person in self.people if person.fits(who)]
        if not found:
            found = [person for person in self.people if person.is_called(who.name)]
            found = [p for p in found if not (contradicts(p.lms, who.lms))]
            found = [p for p in found if not contradicts(p.participant, who.participant)]
        if not found:
            raise Unmatched(f"nobody in {source} has this number, login, address or name")
        if len(found) > 1:
            ids = ", ".join(person.id for person in found)
            raise Unmatched(f"may be any of {ids} in {source}")
        (person,) = found
        if person.participant and person.participant == who.participant and person.name:
            known = person.is_called(who.name) or spelled(who.name) == person.anonymous
            if not known:  # the number of a group of Moodle's can be that of a participant
                raise Unmatched(f"has the number of {person.id} in {source} but not the name")
        return person


def contradicts(ours: str, theirs: str) -> bool:
    """Whether two numbers of one kind are both known, and not the same."""
    return bool(ours and theirs and ours != theirs)


def spelled(name: str) -> str:
    """A name's letters and digits: without case, accents, marks and spaces, which get lost."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN")


def spellings(name: str) -> set[str]:
    """A name as it is and with last and first names changed about, wherever they part."""
    parts = [part for part in map(spelled, re.split(r"[\s,]+", name)) if part]
    return {"".join(parts[i:] + parts[:i]) for i in range(len(parts))}


def read_roster(path: Path, column: str | None = None) -> Roster:
    """Read the students of a roster; `column` names their folders. Raises UsageError."""
    table = read_table(path)
    if table.column("ID") == 0 or table.column("first_name", "lms_user_id") is not None:
        kind, people = "plain", range(len(table.rows))
        people = [listed(table, row) for row in people if plain(cell(table, row, "id"))]
    elif table.column("Section") is not None and table.column("ID") is not None:
        kind = "canvas"
        people = [canvas(table, row) for row in range(len(table.rows)) if is_student(table, row)]
    elif table.column("Identifier") is not None:
        kind, people = "moodle", [moodle(table, row) for row in range(len(table.rows))]
    else:
        raise UsageError(f"{path} is no roster: give {FORMS}; it has {', '.join(table.header)}.")
    if not people:
        raise UsageError(f"{path} has no student: download it again, with all sections.")
    return Roster(kind, table, list(named(table, kind, people, column)))


def named(table: Table, kind: str, people: list[Person], column: str | None) -> Iterable[Person]:
    """The same people with their ids. Raises UsageError."""
    if column is not None and table.column(column) is None:
        raise UsageError(f"No column {column!r} in {table.path}: {', '.join(table.header)}.")
    reason = ""
    for name in (column,) if column else IDS[kind]:
        if table.column(name) is None:
            continue
        ids = [folder(cell(table, person.row, name)) for person in people]
        if not (reason := fault(ids)):
            return [Person(**{**vars(p), "id": i}) for p, i in zip(people, ids, strict=True)]
        reason = f"{name}: {reason}"
    raise UsageError(
        f"{table.path} names no folder for each student ({reason}): mend it, or give another "
        "column by --id."
    )


def fault(ids: list[str]) -> str:
    """Why these can't be names of folders; empty if they can."""
    seen: set[str] = set()
    for one in ids:
        if not SAFE.fullmatch(one):
            return f"{one!r} can't name a folder" if one else "a student has none"
        if one.casefold() in seen:
            return f"two students have {one!r}"
        seen.add(one.casefold())
    return ""


def folder(text: str) -> str:
    """What names a student's folder; of Moodle's `Participant 12` participant12."""
    match = re.fullmatch(r"([^\W\d_]+) ([0-9]+)", plain(text))
    return match[1].casefold() + match[2] if match else plain(text)


def cell(table: Table, row: int, *names: str) -> str:
    """A row's cell in the first of these columns that there is, else nothing."""
    column = table.column(*names)
    return "" if column is None else table.rows[row][column].strip()


def is_student(table: Table, row: int) -> bool:
    """Whether a row of Canvas's gradebook is a student's: not what an assignment is worth."""
    name = cell(table, row, "Student", "LastName")
    return bool(cell(table, row, "ID")) and name != TEST_STUDENT and "Points Possible" not in name


def canvas(table: Table, row: int) -> Person:
    """A student in Canvas's gradebook."""
    name = plain(cell(table, row, "Student"))
    if not name:
        name = f"{plain(cell(table, row, 'LastName'))}, {plain(cell(table, row, 'FirstName'))}"
    school = {plain(cell(table, row, c)).casefold() for c in ("SIS User ID", "SIS Login ID")} - {""}
    return Person("", row, name, plain(cell(table, row, "ID")), school=frozenset(school))


def moodle(table: Table, row: int) -> Person:
    """A student in Moodle's grading worksheet."""
    match = NUMBER.fullmatch(cell(table, row, "Identifier"))
    if match is None:
        raise UsageError(
            f"Row {row + 2} of {table.path} has no number in Identifier: download Moodle's grading "
            "worksheet again (in English)."
        )
    school = {plain(cell(table, row, c)).casefold() for c in ("ID number", "Username")} - {""}
    return Person(
        "",
        row,
        plain(cell(table, row, "Full name")),
        participant=match[2],
        anonymous=spelled(match[1]),
        school=frozenset(school),
        email=plain(cell(table, row, "Email address")).casefold(),
        late=re.search(r"\blate\b", cell(table, row, "Status")) is not None,
        modified=cell(table, row, "Last modified (submission)"),
    )


def listed(table: Table, row: int) -> Person:
    """A student in nbgrader's own list."""
    name = f"{plain(cell(table, row, 'first_name'))} {plain(cell(table, row, 'last_name'))}"
    return Person(
        "",
        row,
        name.strip(),
        plain(cell(table, row, "lms_user_id")),
        school=frozenset({plain(cell(table, row, "id")).casefold()}),
        email=plain(cell(table, row, "email")).casefold(),
    )
