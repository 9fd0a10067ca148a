"""The whole graded cycle with nbgrader's own commands, from the source to the feedback read."""

import csv
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from traitlets.config.loader import PyFileConfigLoader

from autograder import ROOT, SOLUTIONS
from autograder.build import build, expand, read_source, write
from autograder.solve import solved

CONFIG = """
from autograder.nbgrader_config import configure
c = configure(get_config(), {root!r}, {course!r})
c.Exchange.root = {exchange!r}
"""
LAB4 = "lab4_distillation"


class Course:
    """A temporary course and exchange, driven by nbgrader's command line."""

    def __init__(self, root: Path, source: Path):
        self.root, self.lab, self.source = root, source.stem, source
        self.course, self.exchange = root / "course", root / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        write(expand(read_source(source)), root / "build/source" / self.lab / f"{self.lab}.ipynb")
        places = {"root": str(root), "course": str(self.course), "exchange": str(self.exchange)}
        (root / "config").mkdir()
        (root / "config/nbgrader_config.py").write_text(CONFIG.format(**places), encoding="utf-8")

    def run(self, command: str, *arguments: str, student: str | None = None) -> None:
        """Run `nbgrader COMMAND` as the instructor, or as a student in a folder of their own."""
        folder = self.root if student is None else self.home(student)
        who = (
            [] if student is None else [f"--student={student}", f"--Exchange.cache={folder}/cache"]
        )
        config = f"--JupyterApp.config_file={self.root / 'config' / 'nbgrader_config'}"
        run = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command.split(), *arguments, config, *who],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / "none")},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr

    def home(self, student: str) -> Path:
        home = self.root / "home" / student
        home.mkdir(parents=True, exist_ok=True)
        return home

    def work(self, student: str, cells: dict[str, str]) -> None:
        """Fetch the lab, write these cells in it, submit."""
        self.run("fetch_assignment", self.lab, student=student)
        path = self.home(student) / self.lab / f"{self.lab}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = cells.get(cell.id, cell.source)
        write(notebook, path)
        self.run("submit", self.lab, student=student)

    def cycle(self, students: dict[str, dict[str, str]], late: str) -> None:
        """Everything from generate_assignment to fetch_feedback and export."""
        self.run("generate_assignment", self.lab, "--create")
        self.run("release_assignment", self.lab)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda s: self.work(s, students[s]), set(students) - {late}))
        due = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        self.run("db assignment add", self.lab, f"--duedate={due}")
        self.work(late, students[late])
        self.run("collect", self.lab)
        self.run("autograde", self.lab)
        self.run("generate_feedback", self.lab)
        self.run("release_feedback", self.lab)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda s: self.run("fetch_feedback", self.lab, student=s), students))
        self.run("export", f"--to={self.root / 'grades.csv'}")

    def grades(self) -> dict[str, dict[str, float]]:
        with (self.root / "grades.csv").open() as file:
            numbers = ("raw_score", "late_submission_penalty", "score", "max_score")
            return {
                row["student_id"]: {key: float(row[key]) for key in numbers}
                for row in csv.DictReader(file)
            }

    def feedback(self, student: str) -> str:
        (path,) = self.home(student).glob(f"{self.lab}/feedback/*/{self.lab}.html")
        return path.read_text(encoding="utf-8")


def secrets(source: Path) -> set[str]:
    """Lines that stand only in solutions, hidden tests and model answers."""
    cells = read_source(source)
    regions = [
        cell.lines[region[0] + 1 : region[1]]
        for cell in cells
        for kind in ("SOLUTION", "HIDDEN TESTS")
        if (region := cell.region(kind))
    ]
    public = "\n".join(cell.visible() for cell in cells)
    lines = {line.strip() for region in regions for line in region}
    return {line for line in lines if len(line) > 15 and line not in public}


@pytest.fixture(scope="module")
def course(tiny, tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"), tiny.source)
    right = {cell.id: cell.source for cell in tiny.solved().cells}
    half = {"double": "def double(x):\n    return x * x", "triple": right["triple"]}
    course.cycle({"solved": right, "untouched": {}, "half": half, "tardy": right}, late="tardy")
    return course


def test_marks_and_the_late_penalty(course):
    marks = {name: (row["raw_score"], row["score"]) for name, row in course.grades().items()}
    assert marks == {
        "solved": (3, 3),
        "untouched": (0, 0),
        "half": (1, 1),
        "tardy": (3, pytest.approx(2.4)),
    }
    assert {row["max_score"] for row in course.grades().values()} == {6}


def test_students_fetch_what_the_build_writes(course, tiny):
    released = course.exchange / "greenai/outbound" / tiny.lab / f"{tiny.lab}.ipynb"
    assert released.read_bytes() == tiny.release.read_bytes()


def test_feedback_tells_why_and_no_secret(course, tiny):
    # passes the visible test, so only the hidden one speaks
    assert "wrong for a number you did not see" in course.feedback("half")
    assert "Replace this line: write double" in course.feedback("untouched")
    for student in ("half", "untouched"):
        text = re.sub(r"<[^>]+>", "", course.feedback(student))
        assert "HIDDEN TESTS" not in text
        assert not {line for line in secrets(tiny.source) if line in text}


def test_autograded_notebook_keeps_the_hidden_tests_for_the_instructor(course, tiny):
    path = course.course / "autograded/half" / tiny.lab / f"{tiny.lab}.ipynb"
    assert "secret = 21" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("chosen", [True, False])
def test_config_file_maps_this_repository(tmp_path, monkeypatch, chosen):
    monkeypatch.delenv("GREENLAB_COURSE", raising=False)
    if chosen:
        monkeypatch.setenv("GREENLAB_COURSE", str(tmp_path / "kept"))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT / "autograder")).load_config()
    place = config.CourseDirectory
    course = tmp_path / "kept" if chosen else ROOT / "course"
    assert place.course_id == "greenai"
    assert place.release_directory == str(ROOT / "labs")
    assert place.submitted_directory == str(course / "submitted")
    assert place.db_url == f"sqlite:///{course}/gradebook.db"


@pytest.mark.slow
@pytest.mark.skipif(not (SOLUTIONS / f"{LAB4}.py").exists(), reason="lab 4 has no source yet")
def test_lab4_whole_cycle(tmp_path):
    source = SOLUTIONS / f"{LAB4}.py"
    course = Course(tmp_path, source)
    notebook = solved(source)
    solutions = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    right = {cell.id: cell.source for cell in solutions}
    worth = {
        cell.metadata.greenlab.name: cell.metadata.nbgrader.points
        for cell in notebook.cells
        if cell.metadata.get("greenlab", {}).get("role") == "tests"
    }
    first = next(iter(worth))
    half = right | {first: "raise NotImplementedError"}
    checkpoint = next((c for c in notebook.cells if c.id == f"checkpoint_{first}"), None)
    if checkpoint is not None:
        head, _, last = checkpoint.source.rpartition("\n")
        half[checkpoint.id] = f"{head}\n{last.removeprefix('# ')}"
    course.cycle({"solved": right, "untouched": {}, "half": half}, late="half")
    marks = {name: row["raw_score"] for name, row in course.grades().items()}
    full = sum(worth.values())
    assert marks == {"solved": full, "untouched": 0, "half": full - worth[first]}
    assert build(source, tmp_path / "again").exists()
    text = re.sub(r"<[^>]+>", "", course.feedback("untouched"))
    assert not {line for line in secrets(source) if line in text}


@pytest.mark.skipif(not (SOLUTIONS / f"{LAB4}.py").exists(), reason="lab 4 has no source yet")
def test_nbgrader_generates_from_a_bare_copy_as_the_readme_says(tmp_path):
    line = next(
        x
        for x in (ROOT / "autograder/README.md").read_text().splitlines()
        if "generate_assign" in x
    )
    for folder in ("autograder", "solutions", "labs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    command = line.strip().replace("../.venv/bin/nbgrader", f"{sys.executable} -m nbgrader")
    outside = {k: v for k, v in os.environ.items() if k != "GREENLAB_COURSE"}
    made = subprocess.run(
        command.split(), cwd=tmp_path / "autograder", env=outside, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    notebook = Path("labs") / LAB4 / f"{LAB4}.ipynb"
    assert (tmp_path / notebook).read_bytes() == (ROOT / notebook).read_bytes()
    assert (tmp_path / "course/gradebook.db").exists()
