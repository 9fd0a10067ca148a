"""Writes results where `nbgrader autograde` would: marks in its gradebook, notebooks in its folder.

nbgrader's own converter commits a student's marks cell by cell and opens the gradebook eight
times; here a student's marks are one transaction. Nothing else writes to it while grading.
"""

import logging
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput
from traitlets.config import Config
from traitlets.log import get_logger

from autograder.assignment import is_test, key


@dataclass(frozen=True)
class Graded:
    """The engine's verdicts on one notebook, and what its reader must know."""

    mark: str  # names the result, to see later whether it is up to date
    verdicts: list[dict]
    isolation: str
    notes: tuple[str, ...] = ()
    forgeable: frozenset[str] = frozenset()  # tests that ran in the student's own process
    flags: tuple[str, ...] = ()
    error: str | None = None  # why there are no verdicts


class Recorder:
    """One run's writing into a course; use it with `with`."""

    def __init__(self, directory: CourseDirectory, config: Config) -> None:
        self.directory, self.assignment = directory, directory.assignment_id
        self.gradebook = Gradebook(directory.db_url, directory.course_id)
        self.commit = self.gradebook.db.commit
        self.gradebook.db.commit = self.gradebook.db.flush  # nbgrader commits at every step
        self.late = AssignLatePenalties(config=config)
        self.late.init_plugin()
        self.limit = LimitOutput(config=config)
        self.permissions = int(str(Autograde(coursedir=directory, config=config).permissions), 8)
        self.gradebook.db().expire_on_commit = False  # the assignment's cells are read once
        saved = self.gradebook.find_assignment(self.assignment).notebooks
        self.checksums = {n.name: {c.name: c.checksum for c in n.source_cells} for n in saved}
        self.cells = [n.grade_cells + n.solution_cells + n.task_cells for n in saved]  # stay loaded

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *error: object) -> None:
        self.gradebook.close()

    def record(
        self,
        student: str,
        notebooks: Mapping[str, NotebookNode],
        staged: Path,
        stamp: datetime | None,
    ) -> list[str]:
        """Write one student's graded notebooks, their marks, and the files in `staged`.

        Marks that were given by hand stay; those of cells that have changed since are to be looked
        at again: their names. Raises OSError and SQLAlchemy's errors; then nothing of it counts as
        recorded.
        """
        folder, review = Path(self.folder(student)), []
        for left in folder.parent.glob(".part-*"):  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        part = Path(mkdtemp(prefix=".part-", dir=made(folder.parent)))
        try:
            shutil.copytree(staged, part, dirs_exist_ok=True)
            submission = self.submission(student, stamp)
            for name, notebook in notebooks.items():
                review += self.save(submission[name], notebook, folder / f"{name}.ipynb")
                self.limit.preprocess(notebook, {})
                text = nbformat.v4.writes(notebook) + "\n"  # valid: intake has seen to it
                (part / f"{name}.ipynb").write_text(text, encoding="utf-8")
            self.penalize(student, submission)
            self.commit()
            for path in part.rglob("*"):
                if path.is_file():
                    path.chmod(self.permissions)
            part.chmod(0o755)
            if folder.exists():
                utils.rmtree(str(folder))
            os.replace(part, folder)
        except BaseException:
            self.gradebook.db.rollback()
            raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return review

    def folder(self, student: str) -> str:
        """Where a student's autograded notebooks go."""
        step = self.directory.autograded_directory
        return os.path.normpath(self.directory.format_path(step, student, self.assignment))

    def submission(self, student: str, stamp: datetime | None) -> dict[str, SubmittedNotebook]:
        """The gradebook's entries for a student's notebooks, by name."""
        self.gradebook.update_or_create_student(student)
        when = {"timestamp": stamp} if stamp else {}
        made = self.gradebook.update_or_create_submission(self.assignment, student, **when)
        return {notebook.name: notebook for notebook in made.notebooks}

    def save(self, entry: SubmittedNotebook, notebook: NotebookNode, before: Path) -> list[str]:
        """Put one notebook's scores and automatic comments into the session.

        Returns which marks by hand are to be looked at again: those of answers whose text isn't
        that in the notebook `before`, and of tests whose own score has moved.
        """
        by_hand = any(grade.manual_score is not None for grade in entry.grades)
        review, known = [], texts(before) if by_hand else {}
        cells = {key(cell): cell for cell in notebook.cells}
        for name, checksum in self.checksums[entry.name].items():
            if name in cells:  # an answer without points may be missing
                cells[name].metadata["nbgrader"]["checksum"] = checksum
        for grade in entry.grades:
            cell = cells[grade.name]
            if utils.is_task(cell):
                continue  # waits for a person, as it was made
            if is_test(cell):
                score = cell.metadata["greenlab"]["score"]
                same = grade.auto_score == score
            else:
                score = utils.determine_grade(cell)[0]
                same = known.get(grade.name) == cell.source
            if grade.manual_score is None:
                grade.needs_manual_grade = score is None
            elif not same:
                grade.needs_manual_grade = True
                review.append(grade.name)
            grade.auto_score = score
        for comment in entry.comments:
            if (cell := cells.get(comment.name)) is None:
                continue
            same = cell.metadata["nbgrader"].get("checksum") == utils.compute_checksum(cell)
            comment.auto_comment = "No response." if same and not utils.is_task(cell) else None
        return review

    def extend(self, student: str, days: float, hours: float) -> tuple[datetime | None, float]:
        """Move a student's due date by so much; when it is now, and the points off for lateness."""
        entries = self.submission(student, None)
        made = self.gradebook.find_submission(self.assignment, student)
        made.extension = timedelta(days=days, hours=hours) or None
        self.penalize(student, entries)
        self.commit()
        return made.duedate, sum(entry.late_submission_penalty or 0 for entry in entries.values())

    def penalize(self, student: str, entries: Mapping[str, SubmittedNotebook]) -> None:
        """Take points off late work as the course's plugin says."""
        for entry in entries.values():
            entry.late_submission_penalty = None
            if (seconds := entry.assignment.total_seconds_late) > 0:
                self.gradebook.db.flush()
                self.gradebook.db.expire(entry)
                lost = self.late.plugin_inst.late_submission_penalty(student, entry.score, seconds)
                if lost is not None:
                    entry.late_submission_penalty = self.late._check_late_penalty(entry, lost)

    def is_recorded(self, student: str, graded: Mapping[str, Graded]) -> bool:
        """Whether the autograded notebooks and the gradebook hold just these results."""
        for name, one in graded.items():
            try:
                path = Path(self.folder(student), f"{name}.ipynb")
                notebook = nbformat.read(path, as_version=4)
            except Exception:  # not there, or not whole
                return False
            if notebook.metadata.get("greenlab", {}).get("result") != one.mark:
                return False
        try:
            self.gradebook.find_submission(self.assignment, student)
        except MissingEntry:
            return False
        return True

    def points(self, student: str) -> dict[tuple[str, str], tuple[float | None, float | None]]:
        """By notebook and cell, the points given automatically and by hand; none if not graded."""
        try:
            notebooks = self.gradebook.find_submission(self.assignment, student).notebooks
        except MissingEntry:
            return {}
        return {
            (n.name, g.name): (g.auto_score, g.manual_score) for n in notebooks for g in n.grades
        }

    def grades(self, student: str) -> Iterator[tuple[str, str, float, bool]]:
        """Notebook, cell, automatic points, waits for a person: of all that has points."""
        for entry in self.gradebook.find_submission(self.assignment, student).notebooks:
            for grade in entry.grades:
                waits = grade.needs_manual_grade and grade.auto_score is None
                yield entry.name, grade.name, float(grade.auto_score or 0), waits


def texts(path: Path) -> dict[str, str]:
    """The text of each named cell in an autograded notebook; of none if it isn't there."""
    try:
        return {key(cell): cell.source for cell in nbformat.read(path, as_version=4).cells}
    except Exception:  # not there, or not whole
        return {}


def made(folder: Path) -> Path:
    """The folder, made if it isn't there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def quiet() -> Iterator[list[str]]:
    """Collect nbgrader's errors instead of printing its log."""
    log: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda entry: log.append(entry.getMessage())
    logger = get_logger()
    before = logger.level, logger.propagate, list(logger.handlers)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's use of its database
            yield log
    finally:
        logger.setLevel(before[0])
        logger.propagate, logger.handlers = before[1:]
