"""Wrong and right answers: short files, put into the solved lab and graded to test its tests.

`wrong_answers/LAB/EXERCISE.SLUG.py` (and `right_answers/…`) begins with comment lines, then comes
the code that stands in for the exercise's whole solution cell:

    # mistake: multiplies the logits by T        (in a right answer: `# different: …`)
    # says: divide                               (wrong only: the failure message must say it)
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode

from autograder import ROOT, SOLUTIONS
from autograder.assignment import Book
from autograder.build import build, expand, read_source
from autograder.engine.cage import NoIsolation
from autograder.engine.judge import Cell
from autograder.engine.nursery import SOLVED, Change, Nursery
from autograder.intake import read
from autograder.solve import solved

HEADERS = {"wrong": ("mistake", "says"), "right": ("different",)}
LIMITS = {"cpu": 60.0, "wall": 600.0, "memory": 4 * 2**30}
WANTED = {"wrong": 3, "right": 1}  # at least, for each exercise


class AnswerError(Exception):
    """An answers file that can't be used; the message says where and what to do."""


@dataclass(frozen=True)
class Answer:
    """One answer to one exercise; `says` is what the failure message must hold (wrong only)."""

    path: Path
    kind: str
    exercise: str
    says: str
    code: str

    @property
    def name(self) -> str:
        """The file, as it is told of."""
        return f"{self.kind}_answers/{self.path.name}"


def read_answer(path: Path, kind: str, exercises: list[str]) -> Answer:
    """One answers file. Raises AnswerError."""
    exercise = path.name.split(".")[0]
    if exercise not in exercises:
        raise AnswerError(
            f"{path}: no exercise {exercise!r} in the lab; begin the file name with one of "
            + ", ".join(exercises)
        )
    text = path.read_text(encoding="utf-8")
    told = {}
    for key in HEADERS[kind]:
        match = re.search(rf"\A(?:#.*\n)*?# {key}: *(\S.*)$", text, re.MULTILINE)
        if match is None:
            raise AnswerError(f"{path}:1: begin the file with a line `# {key}: …`")
        told[key] = match[1].strip()
    code = re.sub(r"\A(?:#.*\n)+", "", text).strip()
    if not code:
        raise AnswerError(f"{path}: no code below the header: write the whole solution cell")
    return Answer(path, kind, exercise, told.get("says", ""), code)


def read_answers(lab: str, exercises: list[str], folder: Path) -> list[Answer]:
    """All answers to a lab. Raises AnswerError at the first bad file."""
    return [
        read_answer(path, kind, exercises)
        for kind in HEADERS
        for path in sorted((folder / f"{kind}_answers" / lab).glob("*.py"))
    ]


def cells_of(notebook: NotebookNode, role: str) -> dict[str, NotebookNode]:
    """The cells of one role by name."""
    ours = [(cell.metadata.get("greenlab", {}), cell) for cell in notebook.cells]
    return {meta.name: cell for meta, cell in ours if meta.get("role") == role}


def changes(answers: list[Answer]) -> dict[str, Change]:
    """What each answer changes of the solved run: a wrong one up to its tests, a right one all."""
    return {
        answer.name: (
            answer.exercise,
            answer.code,
            f"tests_{answer.exercise}" if answer.kind == "wrong" else None,
        )
        for answer in answers
    }


def problems(
    lab: str, *, solutions: Path = SOLUTIONS, folder: Path = ROOT / "autograder"
) -> list[str]:
    """Grade all answers to a lab, the solved and the untouched lab; what went otherwise than due.

    The solved run is forked just before the cell that an answer changes. Raises AnswerError for a
    bad answers file, BuildError for a bad source, NurseryError.
    """
    source = solutions / f"{lab}.py"
    notebook = solved(source)
    book = Book(lab, expand(read_source(source)), None, {})
    exercises = list(cells_of(notebook, "tests"))
    answers = read_answers(lab, exercises, folder)
    found = missing(lab, exercises, answers)
    cells = book.cells(notebook)
    with nursery(book) as warm, TemporaryDirectory() as scratch:
        jobs = os.cpu_count() or 1
        heard = warm.branches(cells, changes(answers), jobs=jobs, **LIMITS)
        untouched = read(build(source, Path(scratch)), book.original).notebook
        blank = warm.grade(book.cells(untouched), **LIMITS)
    for verdict in blank:
        if verdict["score"]:
            found.append(f"the untouched lab scores points in {verdict['id']}")
    found += judge(heard[SOLVED], None, cells)
    for answer in answers:
        found += judge(heard[answer.name], answer, cells)
    return found


def nursery(book: Book) -> Nursery:
    """A warm parent for a lab; without a sandbox where there is none, for these are our own files.

    Raises NurseryError.
    """
    modules = tuple(sorted(book.modules))
    made = Nursery(True, modules)
    try:
        made.wait_ready()
    except NoIsolation:
        made.close()
        return Nursery(False, modules)
    return made


def missing(lab: str, exercises: list[str], answers: list[Answer]) -> list[str]:
    """Which exercises have too few answers."""
    found = []
    for exercise in exercises:
        for kind, wanted in WANTED.items():
            there = sum(a.kind == kind and a.exercise == exercise for a in answers)
            if there < wanted:
                found.append(
                    f"{kind}_answers/{lab}: {exercise} has {there} of at least {wanted}: "
                    f"add {exercise}.SLUG.py"
                )
    return found


def judge(verdicts: list[dict], answer: Answer | None, cells: list[Cell]) -> list[str]:
    """What the verdicts of one run hold against its answer; None is the lab as solved."""
    found, points = [], {cell.id: cell.points for cell in cells}
    for verdict in verdicts:
        if verdict["score"] is None:
            continue
        exercise = verdict["id"].removeprefix("tests_")
        full = verdict["score"] >= points[verdict["id"]]
        message = verdict["error"] or ""
        if answer is not None and answer.kind == "wrong" and answer.exercise == exercise:
            if full:
                found.append(f"{answer.name} is wrong and scores full")
            elif answer.says.lower() not in message.lower():
                found.append(f"{answer.name} should be told {answer.says!r} and is told: {message}")
        elif not full:
            who = f"{exercise} as solved" if answer is None else f"{answer.name} is right and"
            where = "" if answer is None or exercise == answer.exercise else f" in {exercise}"
            found.append(f"{who} scores {verdict['score']:g}{where}: {message}")
    return found
