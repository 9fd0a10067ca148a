"""A course where each case hands in between two honest classmates, and what grading it leaves."""

from __future__ import annotations

import hashlib
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from autograder.course import grade_course
from autograder.result import Result
from tests.hostile.case import Case, Submission
from tests.hostile.course import ASSIGNMENT, POINTS, WRITTEN, make_course
from tests.hostile.greedy import PHONE

WRITTEN_BY_GRADING = ("autograded", ".greenlab", "gradebook.db")
NAMES = {f"test_{name}": name for name in POINTS} | {WRITTEN: WRITTEN}


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    root: Path
    students: dict[str, Case]  # of the cases
    results: dict[str, Result]
    changed: list[str]  # files that grading had no business with
    left: list[str]  # processes that outlived it
    calls: int  # phones of this machine that a box has reached

    def scores(self, student: str) -> dict[str, float]:
        """A student's marks by exercise, as the run tells them."""
        return {n: self.results[student].scores.get(k, 0.0) for k, n in NAMES.items()}


def student(number: int, kind: str) -> str:
    """A name, so that the class stands in the order of numbers."""
    return f"{number:03d}_{kind}"


def hand_in(root: Path, cases: Sequence[Case]) -> dict[str, Case]:
    """Make a course with all submissions: honest, case, honest, case, …; each case's student."""
    release = make_course(root)
    students = {student(2 * n + 1, "case"): case for n, case in enumerate(cases)}
    for name, case in students.items():
        case.submission(release).write(root / f"submitted/{name}/{ASSIGNMENT}")
    for n in range(len(cases) + 1):
        own = Submission(release)
        own.append(f"# the work of student {n}")  # none is another's copy, which is graded once
        own.write(root / f"submitted/{student(2 * n, 'honest')}/{ASSIGNMENT}")
    return students


def grade(root: Path, cases: Sequence[Case], seconds: float, jobs: int) -> Run:
    """Hand in and grade with the engine."""
    students = hand_in(root, cases)
    (scratch := root.parent / "scratch").mkdir()
    before, processes = hashes(root), set(psutil.Process().children(recursive=True))
    with listening() as rang, temporary_files_in(scratch):
        results = grade_course(root, ASSIGNMENT, seconds=seconds, memory=1024, jobs=jobs)
    after = hashes(root)
    return Run(
        root,
        students,
        {result.student: result for result in results},
        sorted(path for path in before | after if before.get(path) != after.get(path)),
        left_behind(processes),
        len(rang),
    )


@contextmanager
def listening() -> Iterator[list[socket.socket]]:
    """Wait for calls where a box would call; at the end only the phones that rang are left."""
    with socket.socket(socket.AF_UNIX) as near, socket.socket(socket.AF_INET) as far:
        phones = []
        for phone, address in ((near, PHONE[0]), (far, ("127.0.0.1", PHONE[1]))):
            with suppress(OSError):  # a port that something else has
                phone.bind(address)
                phone.listen()
                phones.append(phone)
        yield phones
        phones[:] = select.select(phones, [], [], 0)[0]


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Have the grader put its own temporary files where it shows if any stay."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def hashes(root: Path) -> dict[str, str]:
    """The course's files but for what grading writes, and the names of what stands beside it."""
    found = {str(path): "" for path in [*root.parent.iterdir(), *root.parent.glob("scratch/*")]}
    todo = [path for path in root.iterdir() if path.name not in WRITTEN_BY_GRADING]
    while todo:  # not os.walk, which deep folders stop
        path = todo.pop()
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_dir():
            todo += path.iterdir()
        elif path.is_file():
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def left_behind(known: set[psutil.Process]) -> list[str]:
    """Descendants of this process that weren't there before and don't end by themselves."""
    for _ in range(50):
        new = [p for p in psutil.Process().children(recursive=True) if p not in known]
        if not new:
            return []
        time.sleep(0.1)
    return [str(process) for process in new]


def remove(root: Path) -> None:
    """Remove the course; its folders may be deeper than Python's own rmtree goes."""
    subprocess.run(["rm", "-rf", str(root)], check=True)
