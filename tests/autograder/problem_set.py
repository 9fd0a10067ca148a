"""A small problem set as an instructor writes it by hand, in nbgrader's standard folders."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.build import write
from autograder.course import grade_course
from autograder.nbgrader_config import settings

PS = "ps1"


def cell(make, source, grade_id="", **meta):
    """A notebook cell, with nbgrader's metadata when it has a grade id."""
    if not grade_id:
        return make(source)
    base = {"grade": False, "locked": False, "solution": False, "task": False}
    nbgrader = base | {"schema_version": 3, "grade_id": grade_id} | meta
    if nbgrader["grade"]:
        nbgrader["points"] = meta.get("points", 1)
    return make(source, metadata={"nbgrader": nbgrader}, id=grade_id)


TEST = {"grade": True, "locked": True}
SQUARES = (
    "### BEGIN SOLUTION\ndef squares(n):\n    return [i * i for i in range(n)]\n### END SOLUTION"
)
MEAN = "### BEGIN SOLUTION\ndef mean(x):\n    return np.mean(x)\n### END SOLUTION"


def source():
    """A notebook as instructors write them by hand."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Problem set"),
            cell(new_code_cell, "import numpy as np\n\nlimit = 3"),
            cell(new_code_cell, SQUARES, "squares", solution=True),
            cell(
                new_code_cell,
                "assert squares(3) == [0, 1, 4], 'not squares'\n### BEGIN HIDDEN TESTS\n"
                "assert squares(limit + 2)[-1] == 16, 'wrong further on'\n### END HIDDEN TESTS",
                "test_squares",
                points=2,
                **TEST,
            ),
            cell(new_code_cell, MEAN, "mean", solution=True),
            cell(
                new_code_cell,
                "points = 0\nif mean([1.0, 3.0]) == 2:\n    points += 1\n"
                "if np.isnan(mean([np.nan])):\n    points += 0.5\npoints",
                "test_mean",
                points=3,
                **TEST,
            ),
            cell(new_markdown_cell, "Why?", "why", grade=True, solution=True, points=4),
        ]
    )


class Class:
    """A course folder of nbgrader's standard layout."""

    def __init__(self, root: Path, notebook=None, files: dict[str, str] | None = None):
        self.root, self.url = root, f"sqlite:///{root / 'gradebook.db'}"
        write(notebook or source(), root / "source" / PS / f"{PS}.ipynb")
        for name, text in (files or {}).items():
            (root / "source" / PS / name).write_text(text)
        self.generate()

    def config(self) -> Config:
        return settings(self.root, self.url)

    def directory(self, student="*") -> CourseDirectory:
        directory = CourseDirectory(config=self.config())
        directory.assignment_id, directory.student_id = PS, student
        return directory

    def generate(self) -> None:
        GenerateAssignment(coursedir=self.directory("."), config=self.config(), force=True).start()

    def submit(self, student: str, files: dict[str, str] | None = None, **answers: str) -> Path:
        """Hand in the released notebook with these cells written in."""
        notebook = nbformat.read(self.root / "release" / PS / f"{PS}.ipynb", as_version=4)
        for one in notebook.cells:
            name = one.metadata.get("nbgrader", {}).get("grade_id")
            one.source = answers.get(name, one.source)
        folder = self.root / "submitted" / student / PS
        write(notebook, folder / f"{PS}.ipynb")
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        return folder

    def grade(self, **options):
        return {r.student: r for r in grade_course(self.root, PS, **options)}

    def book(self) -> Gradebook:
        return Gradebook(self.url)

    def autograded(self, student: str):
        path = self.root / "autograded" / student / PS / f"{PS}.ipynb"
        return nbformat.read(path, as_version=4)


RIGHT = {
    "squares": "def squares(n):\n    return [i**2 for i in range(n)]",
    "mean": "def mean(x):\n    print('averaging')\n    return sum(x) / len(x)",
    "why": "Because.",
}
