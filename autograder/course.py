"""Grades an assignment of an nbgrader course folder: takes in, runs in the engine, records.

    for result in Grading(settings(folder), "ps1").run(): …

Submissions are copied and mended first; the submitted folder is only read. What was graded before
and hasn't changed isn't run again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from autograder import UsageError
from autograder.assignment import Book, load
from autograder.engine import pool
from autograder.engine.store import Store
from autograder.execute import dressed
from autograder.nbgrader_config import settings
from autograder.record import Graded, Recorder, quiet
from autograder.result import Result
from autograder.work import Work, solution_job, take_in

SECONDS, MEMORY = 60.0, 2048  # for one cell; MB for one submission
WALL = 10  # seconds by the clock for each of CPU time, on a busy machine
ISOLATIONS = ("box", "none")


def grade_course(course: Path | None, assignment: str, **options) -> list[Result]:
    """Grade an assignment; results in the order of students. `options` are those of `Grading.run`,
    and `students`, `db` and `progress`, which is called with each result as it comes.

    Raises UsageError, NoIsolation.
    """
    progress: Callable[[Result], None] | None = options.pop("progress", None)
    config = settings(course, options.pop("db", None))
    grading = Grading(config, assignment, options.pop("students", None))
    results = {}
    for result in grading.run(**options):
        results[result.student] = result
        if progress:
            progress(result)
    return [results[student] for student in grading.students]


class Grading:
    """One run over an assignment's submissions, all of them or those of `students`."""

    def __init__(
        self, config: Config, assignment: str, students: Sequence[str] | None = None
    ) -> None:
        from nbgrader.coursedir import CourseDirectory

        self.config = config
        with quiet():
            self.directory = CourseDirectory(config=self.config)
            self.directory.assignment_id = assignment
            try:
                self.books: dict[str, Book] = load(self.directory, assignment)
            except (SQLAlchemyError, ImportError) as error:
                reason = str(error).splitlines()[0]
                raise UsageError(
                    f"The gradebook {self.directory.db_url} can't be opened: {reason}."
                ) from error
        self.assignment = assignment
        there = self.submitted()
        for student in students or ():
            if student not in there:
                known = f"{len(there)} there: {', '.join(there[:5])}" + ", …" * (len(there) > 5)
                raise UsageError(f"{student!r} has submitted no {assignment}; {known}.")
        self.students: list[str] = sorted(set(students)) if students else there

    def submitted(self) -> list[str]:
        """Who has a folder of this assignment. Raises UsageError when nobody has."""
        pattern = self.directory.format_path(
            self.directory.submitted_directory, "{student}", self.assignment
        )
        before, _, after = pattern.partition("{student}")
        root = Path(before)
        folders = sorted(root.iterdir()) if root.is_dir() else []
        after = after.strip(os.sep)
        there = [f.name for f in folders if not f.is_symlink() and (f / after).is_dir()]
        if not there:
            raise UsageError(
                f"Nobody has submitted {self.assignment}: {root} should hold a folder for each "
                f"student with {after} in it (`nbgrader collect {self.assignment}` puts them there)"
                "."
            )
        return there

    def run(
        self, *, jobs: int | None = None, scheduler: str | None = None, tls: Path | None = None,
        seconds: float = SECONDS, memory: int = MEMORY, isolation: str = "box",
        force: bool = False, twice: bool = False,
        opened: Callable = pool.opened,
    ) -> Iterator[Result]:  # fmt: skip
        """Each student's result as it comes; marks and notebooks are recorded by then.

        `opened` is `pool.opened`, or `pool.kept` where one run follows another.

        Raises UsageError, NoIsolation.
        """
        checked(jobs, seconds, memory, isolation)
        limits = {"cpu": seconds, "wall": WALL * seconds, "memory": memory * 2**20}
        modules = tuple(sorted(set().union(*(book.modules for book in self.books.values()))))
        rules = pool.Rules(isolation == "box", modules, tuple(limits.items()))
        workers = jobs or os.cpu_count() or 1
        autograded = Path(self.directory.format_path(self.directory.autograded_directory, "x", "y"))
        store = Store(autograded.parents[2] / ".greenlab/results")
        with (
            TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as scratch,
            Recorder(self.directory, self.config) as recorder,
            opened(rules, workers, scheduler, tls) as run,
        ):
            self.try_solutions(run, store, rules)
            works: dict[str, list[Work]] = {}
            wanted: dict[str, pool.Job] = {}
            waiting: dict[str, set[str]] = {}
            done: dict[str, list[dict] | str] = {}

            def unseen() -> Iterator[pool.Job]:
                """Take in all submissions: what isn't stored is run while the next is read."""
                for number, student in enumerate(self.students):
                    files = Path(scratch, str(number))
                    own = take_in(self.directory, self.books, student, files, rules)
                    jobs = {w.key: w.job for w in own if w.job is not None}
                    works[student], waiting[student] = own, set(jobs)
                    new = {k: job for k, job in jobs.items() if k not in wanted}
                    wanted.update(new)
                    for key, job in new.items():
                        if force or (verdicts := store.get(key)) is None:
                            yield job
                        else:
                            done[key] = verdicts

            def finished() -> Iterator[Result]:
                for student in [s for s, left in waiting.items() if left <= done.keys()]:
                    del waiting[student]
                    own = works.pop(student)
                    graded = {
                        w.book.name: w.graded(done.get(w.key), again.get(w.key), isolation)
                        for w in own
                    }
                    with quiet():
                        result = self.record(recorder, own, graded, force)
                    yield result

            again: dict[str, list[dict] | str] = {}
            fresh: Iterable[pool.Job] = unseen()
            if twice:
                fresh = list(fresh)
                again = {job.key: verdicts for job, verdicts in run(wanted.values())}
            for job, verdicts in keeping(store, run(fresh)):
                done[job.key] = verdicts
                yield from finished()
            yield from finished()

    def try_solutions(self, run: pool.Run, store: Store, rules: pool.Rules) -> None:
        """Let tests run in the box that the course's own solution fails when they are judged."""
        for name, book in self.books.items():
            job = solution_job(self.directory, book, rules)
            verdicts = store.get(job.key)
            if verdicts is None:
                ((_, verdicts),) = keeping(store, run([job]))
            failed = {
                v["id"]: f"Cell {v['id']}: the course's own solution fails it in the judge, where "
                f"it is told: {v['error']}"
                for v in (verdicts if isinstance(verdicts, list) else ())
                if v["error"] and v["score"] is not None and v["id"] not in book.broken
            }
            self.books[name] = replace(book, broken={**book.broken, **failed})

    def record(
        self, recorder: Recorder, works: Sequence[Work], graded: Mapping[str, Graded], force: bool
    ) -> Result:
        """Write one student's marks where they aren't written yet; the result."""
        student = works[0].student
        result = self.result(student, works, graded)
        try:
            if force or not recorder.is_recorded(student, graded):
                books = {w.book.name: dressed(w.notebook, graded[w.book.name]) for w in works}
                review = recorder.record(student, books, works[0].files, works[0].stamp)
                told = (f"marked by hand, changed since, to be looked at: {n}" for n in review)
                result = replace(result, flags=(*result.flags, *told))
            return self.with_marks(result, recorder)
        except Exception as error:  # whatever it is, the class's run goes on
            reason = (str(error).splitlines() or [""])[0] or type(error).__name__
            told = f"The marks couldn't be recorded: {reason}"
            return replace(result, error=told, recorded=False)

    def result(self, student: str, works: Sequence[Work], graded: Mapping[str, Graded]) -> Result:
        """What the engine found, before the gradebook is asked."""
        failures, forgeable, most = {}, [], {}
        for work in works:
            names = self.names(work.book)
            most |= {names[k]: points for k, points in work.book.points.items()}
            one = graded[work.book.name]
            for verdict in one.verdicts if one.error is None else ():
                if verdict["score"] is not None and verdict["error"]:
                    failures[names[verdict["id"]]] = verdict["error"]
            forgeable += [names[k] for k in work.book.points if k in one.forgeable]
        errors = [one.error for one in graded.values() if one.error]
        return Result(
            student,
            dict.fromkeys(most, 0.0),
            most,
            failures,
            error=errors[0] if errors else None,
            flags=tuple(n for w in works for n in graded[w.book.name].flags),
            forgeable=tuple(forgeable),
        )

    def names(self, book: Book) -> dict[str, str]:
        """What the graded cells of a notebook are called in results."""
        if len(self.books) == 1:
            return book.names
        return {k: f"{book.name}/{name}" for k, name in book.names.items()}

    def with_marks(self, result: Result, recorder: Recorder) -> Result:
        """The result with the points that nbgrader's gradebook has now."""
        scores, by_hand, failures = dict(result.scores), [], dict(result.failures)
        for book, cell, points, waits in recorder.grades(result.student):
            name = self.names(self.books[book])[cell]
            scores[name] = points
            if waits:
                by_hand.append(name)
            elif not points and name not in failures and not result.error:
                failures[name] = "No response."
        return replace(result, scores=scores, by_hand=tuple(by_hand), failures=failures)


def keeping(
    store: Store, ran: Iterator[tuple[pool.Job, list[dict] | str]]
) -> Iterator[tuple[pool.Job, list[dict] | str]]:
    """The same, each kept in the store before it is passed on."""
    for job, verdicts in ran:
        if isinstance(verdicts, list):
            store.put(job.key, verdicts)
        yield job, verdicts


def checked(jobs: int | None, seconds: float, memory: int, isolation: str) -> None:
    """Raise UsageError for limits that can't be meant."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs}: at least one submission must be graded at a time.")
    if not 0 < seconds <= 86400:
        raise UsageError(f"--seconds {seconds:g}: between 0 and 86400 for one cell.")
    if memory < 256:
        raise UsageError(f"--memory {memory}: at least 256 MB, or no cell can be run.")
    if isolation not in ISOLATIONS:
        raise UsageError(f"--isolation {isolation}: box or none.")
