"""`nbgrader autograde` and formgrader's Autograde button, through `autograder.course`.

nbgrader reads and names a submission's files before it calls any preprocessor, so what it can't
read would never come to be mended. Here the whole command is the engine's: the same marks, stored
results and one transaction a student as by `python -m autograder grade`.
"""

from __future__ import annotations

from copy import deepcopy
from fnmatch import fnmatchcase

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
from nbgrader import converters
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters.base import NbGraderException
from traitlets import Bool, Float, Integer

from autograder import UsageError
from autograder.course import MEMORY, SECONDS, Grading
from autograder.engine import pool
from autograder.engine.cage import NoIsolation
from autograder.result import Result

COURSE = ("root", "course_id", "db_url", "directory_structure", "source_directory",
          "release_directory", "submitted_directory", "autograded_directory")  # fmt: skip


class Autograde(converters.Autograde):
    """nbgrader's converter of this name, with a sandbox; set `c.Autograde.seconds` and the like."""

    seconds = Float(SECONDS, help="CPU seconds that a cell may take").tag(config=True)
    memory = Integer(MEMORY, help="MB of memory that a submission may use").tag(config=True)
    isolate = Bool(True, help="False: no sandbox; grade only code that you would run").tag(
        config=True
    )

    def start(self) -> None:
        """Grade `coursedir.assignment_id` of the students that match `coursedir.student_id`.

        Raises NbGraderException.
        """
        try:
            failed = [result.student for result in self.run() if not self.tell(result)]
        except (UsageError, NoIsolation, pool.NurseryError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        if failed:
            raise NbGraderException(f"Not graded: {', '.join(failed)}; the log says why.")

    def run(self) -> list[Result]:
        """Each student's result. Raises UsageError, NoIsolation."""
        config = deepcopy(self.config)
        for name in COURSE:
            config.CourseDirectory[name] = getattr(self.coursedir, name)
        pattern, notebooks = self.coursedir.student_id, self.coursedir.notebook_id
        if notebooks != "*":
            self.log.warning("--notebook %s: all notebooks of the assignment are graded", notebooks)
        grading = Grading(config, self.coursedir.assignment_id)
        grading.students = [s for s in grading.students if fnmatchcase(s, pattern)]
        if not grading.students:
            raise UsageError(f"No submission of {grading.assignment} by {pattern!r}.")
        if not self.create_student:
            self.require(grading.students)
        isolation = "box" if self.isolate else "none"
        options = {"seconds": self.seconds, "memory": self.memory, "isolation": isolation}
        return list(grading.run(force=self.force, opened=pool.kept, **options))

    def require(self, students: list[str]) -> None:
        """Raises UsageError for students that the gradebook doesn't know."""
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            for student in students:
                try:
                    gradebook.find_student(student)
                except MissingEntry:
                    raise UsageError(f"No student {student!r} in the gradebook.") from None

    def tell(self, result: Result) -> bool:
        """Log what came of one student; whether it could be recorded."""
        say = self.log.warning if result.recorded else self.log.error
        most = sum(result.max_scores.values())
        self.log.info("%s: %g of %g points", result.student, result.total, most)
        for told in ([result.error] if result.error else []) + list(result.flags):
            say("%s: %s", result.student, told)
        return result.recorded


def install() -> None:
    """Let nbgrader's command line and formgrader use this converter in place of nbgrader's."""
    for module in (nbgrader.apps.api, nbgrader.apps.autogradeapp):
        module.Autograde = Autograde
