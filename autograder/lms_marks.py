"""The marks of an assignment as nbgrader's gradebook has them, for whoever takes them further."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder import UsageError
from autograder.assignment import Book, load
from autograder.lms_roster import Who
from autograder.lms_table import inert, points, write_table


@dataclass(frozen=True)
class Mark:
    """One student's marks: by exercise, and in all after what is lost for being late."""

    student: str
    who: Who
    scores: dict[str, float]
    worth: dict[str, float]
    score: float
    penalty: float = 0.0
    waiting: tuple[str, ...] = ()  # exercises that nobody has graded yet
    unsure: tuple[str, ...] = ()  # graded by hand, and the answer has been graded anew since
    cells: dict[str, tuple[str, str]] = field(default_factory=dict)  # notebook and grade id of each

    @property
    def full(self) -> float:
        """All the points there are."""
        return sum(self.worth.values())


def read_marks(directory: CourseDirectory, students: Sequence[str] = ()) -> list[Mark]:
    """The marks of an assignment, of these students or all who were graded. Raises UsageError."""
    assignment = directory.assignment_id
    try:
        books = load(directory, assignment)
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            entries = gradebook.find_assignment(assignment).submissions
            marks = [mark(entry, books) for entry in sorted(entries, key=lambda e: e.student.id)]
    except (SQLAlchemyError, ImportError, MissingEntry) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"The gradebook {directory.db_url} can't be read: {reason}.") from error
    there = {mark.student for mark in marks}
    if unknown := sorted(set(students) - there):
        raise UsageError(f"{unknown[0]!r} has no marks for {assignment}: grade it first.")
    if not marks:
        raise UsageError(
            f"Nobody has marks for {assignment}: run `python -m autograder grade {assignment}`."
        )
    return [mark for mark in marks if not students or mark.student in students]


def mark(entry, books: dict[str, Book]) -> Mark:
    """What nbgrader's gradebook has of one submission."""
    scores, worth, waiting, unsure, cells = {}, {}, [], [], {}
    for notebook in entry.notebooks:
        grades = {grade.name: grade for grade in notebook.grades}
        for key, called in books[notebook.name].names.items():
            if (grade := grades.get(key)) is None:
                continue
            name = called if len(books) == 1 else f"{notebook.name}/{called}"
            scores[name], worth[name] = float(grade.score), float(grade.max_score)
            cells[name] = notebook.name, key
            if grade.needs_manual_grade:
                (waiting if grade.manual_score is None else unsure).append(name)
    student = entry.student
    given = f"{student.first_name or ''} {student.last_name or ''}".strip()
    penalty = float(entry.late_submission_penalty or 0)
    return Mark(
        student.id,
        Who(given, student.lms_user_id or "", school=student.id, email=student.email or ""),
        scores,
        worth,
        max(float(entry.score) - penalty, 0.0),
        penalty,
        tuple(waiting),
        tuple(unsure),
        cells,
    )


def write_csv(marks: Sequence[Mark], path: Path) -> None:
    """One row a student: points by exercise, an empty cell where a person has to give them."""
    exercises = list(dict.fromkeys(name for mark in marks for name in mark.scores))
    header = ["student", "name", "email", *exercises, "late penalty", "score", "max score"]
    rows = []
    for one in marks:
        given = [
            points(one.scores[name]) if name in one.scores and name not in one.waiting else ""
            for name in exercises
        ]
        ends = [points(one.penalty), points(one.score), points(one.full), " ".join(one.waiting)]
        rows.append([inert(one.student), inert(one.who.name), inert(one.who.email), *given, *ends])
    write_table(path, [*header, "to be graded by hand"], rows)
