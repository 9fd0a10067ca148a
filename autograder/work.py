"""One submitted notebook on its way through the engine: copied, mended, then what came of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder.assignment import Book, is_run, is_test, key
from autograder.engine import store
from autograder.engine.pool import Job, Rules
from autograder.inert import harmless
from autograder.intake import Unreadable, read, submitted_notebooks
from autograder.record import Graded

MAX_FILE, MAX_FILES, MAX_DEPTH = 64 * 2**20, 2000, 20
NO_BOX = "graded without isolation: the code ran with the instructor's rights"
FORGEABLE = "tests ran in the student's own process: these marks can be forged"


@dataclass(frozen=True)
class Work:
    """A mended notebook and its job for the engine, or why it can't be graded."""

    student: str
    book: Book
    files: Path  # the submission's other files, with the course's
    notebook: NotebookNode
    flags: tuple[str, ...]
    stamp: datetime | None  # when it was handed in, where nbgrader knows
    job: Job | None = None
    error: str | None = None

    @property
    def key(self) -> str:
        return self.job.key if self.job else f"none:{self.error}"

    def graded(
        self, verdicts: list[dict] | str | None, again: list[dict] | str | None, isolation: str
    ) -> Graded:
        """The engine's word on this notebook, ready to be recorded."""
        error = self.error or (verdicts if isinstance(verdicts, str) else None)
        if error or verdicts is None:
            verdicts = [none(cell, error or "") for cell in self.notebook.cells if is_run(cell)]
        forgeable = frozenset(
            c.id for c in (self.job.cells if self.job else ()) if c.kind == "inside"
        )
        flags = list(self.flags)
        flags += [flag for verdict in verdicts for flag in verdict["flags"]]
        if isinstance(again, list) and (moved := differing(verdicts, again)):
            flags.append(f"differs on a second try: {', '.join(moved)}")
        if isolation == "none":
            flags.append(NO_BOX)
        notes = [error] if error else []
        notes += flags
        if forgeable:
            notes.append(FORGEABLE)
        mark = hashlib.sha256(json.dumps([self.key, str(self.stamp), notes]).encode()).hexdigest()
        return Graded(mark, verdicts, isolation, tuple(notes), forgeable, tuple(flags), error)


def none(cell: NotebookNode, error: str) -> dict:
    """The verdict on a cell of a notebook that can't be graded: no points, and why."""
    told = {"output_type": "error", "ename": "NotGraded", "evalue": error, "traceback": [error]}
    test = is_test(cell)
    return {
        "id": key(cell),
        "outputs": [told] if test else [],
        "error": error if test else None,
        "score": 0.0 if test else None,
        "flags": [],
    }


def differing(first: list[dict], second: list[dict]) -> list[str]:
    """The tests whose score is not the same in two runs of one submission."""
    scores = {verdict["id"]: verdict["score"] for verdict in second}
    return [v["id"] for v in first if v["score"] != scores.get(v["id"])]


def take_in(
    directory: CourseDirectory, books: Mapping[str, Book], student: str, files: Path, rules: Rules
) -> list[Work]:
    """Copy one student's submission to `files` and mend it: a work for each notebook."""
    assignment = directory.assignment_id
    folder = Path(directory.format_path(directory.submitted_directory, student, assignment))
    source = Path(directory.format_path(directory.source_directory, ".", assignment))
    files.mkdir()
    try:
        if folder.is_symlink():
            raise ValueError("its folder is a link: submit the files themselves")
        left = copy_files(folder, files)
        copy_files(source, files)  # the course's own form of a file counts, as with nbgrader
        stamp = handed_in(folder, left)
        found = submitted_notebooks(folder, list(books))
    except (OSError, ValueError) as error:
        reason = f"The submission's files can't be read ({error})."
        return [
            Work(student, book, files, untouched(book), (), None, error=reason)
            for book in books.values()
        ]
    works = []
    for name, book in books.items():
        try:
            if found[name] is None:
                raise Unreadable(f"There is no {name}.ipynb in the submission: submit that file.")
            mended = read(found[name], book.original)
        except Unreadable as error:
            own = untouched(book)
            works.append(Work(student, book, files, own, tuple(left), stamp, error=str(error)))
            continue
        disarm(mended.notebook, book)
        cells = tuple(book.cells(mended.notebook))
        key = store.key(cells, files, source, dict(rules.limits), rules.isolate)
        flags = (*mended.flags, *left)
        job = Job(key, cells, files, source)
        works.append(Work(student, book, files, mended.notebook, flags, stamp, job))
    return works


def handed_in(folder: Path, left: list[str]) -> datetime | None:
    """When nbgrader collected a submission; what can't be read is told and counts as in time."""
    path = folder / "timestamp.txt"
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError("not a file")
        with path.open(encoding="utf-8") as file:
            text = file.read(100).strip()
        return parse_utc(text) if text else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, OverflowError) as error:
        left.append(f"timestamp.txt can't be read, so it counts as in time: {error}")
        return None


def solution_job(directory: CourseDirectory, book: Book, rules: Rules) -> Job:
    """The course's own solution as a submission."""
    source = directory.format_path(directory.source_directory, ".", directory.assignment_id)
    files, cells = Path(source), tuple(book.cells(book.source))
    return Job(
        store.key(cells, files, files, dict(rules.limits), rules.isolate), cells, files, files
    )


def disarm(notebook: NotebookNode, book: Book) -> None:
    """Let no HTML of the student's Markdown run in the browser of who grades it."""
    given = {c.source for n in (book.source, book.release) if n for c in n.cells}
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source not in given:
            cell.source = harmless(cell.source)


def untouched(book: Book) -> NotebookNode:
    """The notebook as students get it; without a release, the source with its answers gone."""
    notebook = nbformat.from_dict(book.release or book.source)
    if book.release is None:
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = ""
    return notebook


def copy_files(source: Path, target: Path) -> list[str]:
    """Copy a folder's regular files except notebooks; what was left out of it, in sentences."""
    left, files = [], 0
    for folder, folders, names in os.walk(source):
        here = Path(folder)
        inner = here.relative_to(source)
        for name in sorted(folders + names):
            path, shown = here / name, inner / name
            mode, size = path.lstat().st_mode, path.lstat().st_size
            if stat.S_ISLNK(mode):
                left.append(f"left out, a link: {shown}")
            if not stat.S_ISREG(mode) or path.suffix == ".ipynb":
                continue
            files += 1
            if size > MAX_FILE:
                left.append(f"left out, over {MAX_FILE // 2**20} MB: {shown}")
            elif files <= MAX_FILES:
                make_way(target, shown)
                shutil.copyfile(path, target / shown)
        if len(inner.parts) == MAX_DEPTH and folders:
            left.append(f"left out, folders more than {MAX_DEPTH} deep: {inner}")
            folders.clear()
    if files > MAX_FILES:
        left.append(f"left out, all files after the first {MAX_FILES:,}")
    return left


def make_way(target: Path, shown: Path) -> None:
    """Make the folders for a file; a student's file or folder that stands there goes."""
    if (target / shown).is_dir():
        shutil.rmtree(target / shown)
    for parent in reversed(shown.parents):
        if (target / parent).is_file():
            (target / parent).unlink()
        (target / parent).mkdir(exist_ok=True)
