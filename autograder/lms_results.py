"""Marks as Gradescope's results.json, and the command that makes it in Gradescope's container.

The format is Gradescope's “Autograder Specifications” (gradescope/autograder_samples,
docs/specs.md): score, output, tests with score, max_score, name, output and visibility.

    python -m autograder.lms_results ps1 --course course --submission … --results results.json
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

from autograder import UsageError
from autograder.assignment import is_test, key
from autograder.feedback import HideTests, told
from autograder.inert import printable
from autograder.lms_fill import copy
from autograder.lms_marks import Mark, read_marks
from autograder.lms_patterns import Handed, below
from autograder.lms_table import points

VISIBILITY = ("visible", "after_due_date", "after_published", "hidden")
STUDENT = "student"
NO_BOX = "Graded without isolation."


def results(mark: Mark, notebooks: Mapping[str, NotebookNode], visibility: str) -> dict:
    """What Gradescope shows of one student's marks; `notebooks` are theirs, graded, by name.

    Exercises that a person has still to grade are no tests with 0 points: they are told, for
    Gradescope's own rubric or a later upload. Of hidden tests it says what the feedback says.
    """
    hider = HideTests()
    shown = {
        name: {key(cell): cell for cell in hider.preprocess(nbformat.from_dict(nb), {})[0].cells}
        for name, nb in notebooks.items()
    }
    tests = []
    for name, score in mark.scores.items():
        if name in mark.waiting:
            continue
        notebook, cell = mark.cells[name]
        tests.append(
            {
                "name": name,
                "score": score,
                "max_score": mark.worth[name],
                "output": output(shown.get(notebook, {}).get(cell), score),
                "visibility": visibility,
            }
        )
    lines = [NO_BOX for nb in notebooks.values() if isolation(nb) == "none"][:1]
    if mark.waiting:
        listed = ", ".join(f"{name} ({points(mark.worth[name])} points)" for name in mark.waiting)
        lines.append(f"To be graded by a person, and not in this score yet: {listed}.")
    if mark.penalty:
        lines.append(f"{points(mark.penalty)} points are lost for being late.")
    by_hand = {name: mark.worth[name] for name in mark.waiting}
    return {
        "score": mark.score,
        "output": "\n".join(lines),
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"student": mark.student, "by_hand": by_hand},
    }


def isolation(notebook: NotebookNode) -> str:
    """How a graded notebook was run."""
    return notebook.metadata.get("greenlab", {}).get("isolation", "")


def output(cell: NotebookNode | None, score: float) -> str:
    """What a graded cell tells its student."""
    if cell is None or not is_test(cell):
        return "Graded by a person." if score else "No response, or no points for it."
    errors = [told(one) for one in cell.get("outputs", []) if one.output_type == "error"]
    return printable("\n".join(errors)) or "Passed."


def write_results(
    directory: CourseDirectory, marks: Sequence[Mark], folder: Path, visibility: str
) -> None:
    """Write STUDENT/results.json for each mark into `folder`. Raises UsageError."""
    for mark in marks:
        write_json(folder / mark.student / "results.json", told_of(directory, mark, visibility))


def told_of(directory: CourseDirectory, mark: Mark, visibility: str) -> dict:
    """The results of one mark, with what the graded notebooks of its student say."""
    step, assignment = directory.autograded_directory, directory.assignment_id
    graded = Path(directory.format_path(step, mark.student, assignment))
    notebooks = {}
    for name in {notebook for notebook, _ in mark.cells.values()}:
        try:
            notebooks[name] = nbformat.read(graded / f"{name}.ipynb", as_version=4)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"The graded notebook {graded / name}.ipynb can't be read ({error}): grade again."
            ) from error
    return results(mark, notebooks, visibility)


def write_json(path: Path, value: dict) -> None:
    """Write a JSON file, whole or not at all. Raises UsageError."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(value, indent=1), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise UsageError(f"Can't write {path} ({error.strerror}).") from error


def grade_one(assignment: str, course: Path, submission: Path, visibility: str, **options) -> dict:
    """The results of one submission, graded in a copy of `course`. `options` are `Grading.run`'s.

    Raises UsageError, NoIsolation.
    """
    from autograder.course import Grading
    from autograder.nbgrader_config import settings
    from autograder.record import quiet

    if not submission.is_dir():
        raise UsageError(f"No folder {submission}: give the one with the submitted files.")
    with TemporaryDirectory(prefix="gradescope-", ignore_cleanup_errors=True) as scratch:
        copied = Path(scratch) / "course"
        shutil.copytree(course, copied)
        target = copied / "submitted" / STUDENT / assignment
        target.mkdir(parents=True)
        copy(Handed("", (), dict(below(submission))), target, [])
        config = settings(copied)
        grading = Grading(config, assignment)
        for result in grading.run(jobs=1, **options):
            for flag in (*result.flags, *filter(None, [result.error])):
                print(f"⚑ {printable(flag)}")  # Gradescope shows it to the instructor
        with quiet():
            (mark,) = read_marks(grading.directory)
        return told_of(grading.directory, mark, visibility)


def main(argv: list[str] | None = None) -> int:
    """Grade one submission; 0 with a results file, 1 or 2 without one and why on stdout.

    Without results Gradescope tells the student that the autograder failed, never 0 points.
    """
    from autograder.engine.cage import NoIsolation

    parser = argparse.ArgumentParser("python -m autograder.lms_results", description=__doc__)
    add = parser.add_argument
    add("assignment")
    add("--course", type=Path, required=True, help="with source/, release/ and gradebook.db")
    add("--submission", type=Path, required=True, help="the folder with the student's files")
    add("--results", type=Path, required=True, help="the JSON file to write")
    add("--visibility", choices=VISIBILITY, default=VISIBILITY[0])
    add("--isolation", choices=("box", "none"), default="box")
    args = parser.parse_args(argv)
    try:
        found = grade_one(
            args.assignment, args.course, args.submission, args.visibility, isolation=args.isolation
        )
        write_json(args.results, found)
    except (NoIsolation, UsageError) as error:
        print(error)
        return 1 if isinstance(error, NoIsolation) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
