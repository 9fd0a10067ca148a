"""Wrong and right answers: short files, put into the solved lab and graded to test its tests.

`wrong_answers/LAB/EXERCISE.SLUG.py` (and `right_answers/…`) begins with comment lines, then comes
the code that stands in for the exercise's whole solution cell:

    # mistake: multiplies the logits by T        (in a right answer: `# different: …`)
    # says: divide                               (wrong only: the failure message must say it)
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode

from autograder import ROOT, SOLUTIONS
from autograder.build import build, write
from autograder.grade import Result, grade_notebooks
from autograder.solve import solved

HEADERS = {"wrong": ("mistake", "says"), "right": ("different",)}
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


def pack(answers: list[Answer]) -> dict[str, list[Answer]]:
    """Answers by the notebook they go into: the i-th of each exercise into the i-th one."""
    packed: dict[str, list[Answer]] = defaultdict(list)
    count: dict[tuple[str, str], int] = defaultdict(int)
    for answer in answers:
        count[answer.kind, answer.exercise] += 1
        packed[f"{answer.kind}-{count[answer.kind, answer.exercise]}"].append(answer)
    return packed


def apply(notebook: NotebookNode, answers: list[Answer]) -> NotebookNode:
    """The solved notebook with these answers; after a wrong one its checkpoint is used."""
    changed = nbformat.from_dict(notebook)
    solutions, checkpoints = cells_of(changed, "solution"), cells_of(changed, "checkpoint")
    for answer in answers:
        solutions[answer.exercise].source = answer.code
        if answer.kind == "wrong" and answer.exercise in checkpoints:
            cell = checkpoints[answer.exercise]
            head, _, last = cell.source.rpartition("\n")
            cell.source = f"{head}\n{last.removeprefix('# ')}"
    return changed


def problems(
    lab: str,
    *,
    solutions: Path = SOLUTIONS,
    folder: Path = ROOT / "autograder",
    progress: Callable[[Result], None] | None = None,
) -> list[str]:
    """Grade all answers to a lab, the solved and the untouched lab; what went otherwise than due.

    Raises AnswerError for a bad answers file, BuildError for a bad source.
    """
    source = solutions / f"{lab}.py"
    notebook = solved(source)
    exercises = list(cells_of(notebook, "tests"))
    answers = read_answers(lab, exercises, folder)
    packed = {"solved": [], **pack(answers)}
    found = missing(lab, exercises, answers)
    with TemporaryDirectory() as scratch:
        files = {"untouched": build(source, Path(scratch))}
        for name, inside in packed.items():
            files[name] = Path(scratch) / f"{name}.ipynb"
            write(apply(notebook, inside), files[name])
        results = grade_notebooks(lab, files, solutions=solutions, progress=progress)
    for result in results:
        inside = packed.get(result.student, [])
        if result.error:
            names = ", ".join(answer.path.name for answer in inside)
            found.append(f"{result.student} ({names}) isn't graded: {result.error}")
        elif result.student == "untouched":
            scored = [name for name in exercises if result.scores[name]]
            found += [f"the untouched lab scores points in {name}" for name in scored]
        else:
            found += judge(result, inside, exercises)
    return found


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


def judge(result: Result, answers: list[Answer], exercises: list[str]) -> list[str]:
    """What one packed notebook's result holds against its answers."""
    found, given = [], {answer.exercise: answer for answer in answers}
    for exercise in exercises:
        answer = given.get(exercise)
        full = result.scores[exercise] >= result.max_scores[exercise]
        message = result.failures.get(exercise, "")
        who = answer.path.name if answer else f"{exercise} as solved, in notebook {result.student}"
        if answer and answer.kind == "wrong":
            if full:
                found.append(f"{who} is wrong and scores full")
            elif answer.says.lower() not in message.lower():
                found.append(f"{who} should be told {answer.says!r} and is told: {message}")
        elif not full:
            found.append(f"{who} is right and scores {result.scores[exercise]:g}: {message}")
    return found
