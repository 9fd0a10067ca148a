"""`nbgrader autograde` and formgrader's button grade as `python -m autograder grade` does."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat import from_dict
from nbgrader.apps.api import NbGraderAPI

from autograder import ROOT
from autograder.autograde import Autograde
from autograder.build import write
from autograder.engine import pool
from autograder.nbgrader_config import use_engine
from tests.autograder.problem_set import PS, RIGHT, Class

SETTINGS = """\
c = get_config()

from autograder.nbgrader_config import use_engine

use_engine(c)
"""
WRONG = {"squares": "def squares(n):\n    return list(range(n))"}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course whose submissions nbgrader alone can't all read."""
    course = Class(tmp_path_factory.mktemp("autograde") / "one")
    (course.root / "nbgrader_config.py").write_text(SETTINGS)
    course.submit("honest", **RIGHT)
    course.submit("wrong", **RIGHT | WRONG)
    course.submit("late", {"timestamp.txt": "2026-11-01 10:00:00 UTC"}, **RIGHT)
    path = course.submit("renamed", **RIGHT) / f"{PS}.ipynb"
    path.rename(path.with_name(f"{PS} (1).ipynb"))
    path = course.submit("doubled", **RIGHT) / f"{PS}.ipynb"
    twice = nbformat.read(path, as_version=4)
    test = next(c for c in twice.cells if c.id == "test_mean")
    twice.cells.append(from_dict({**test, "id": "again"}))
    write(twice, path)
    path = course.submit("cut", **RIGHT) / f"{PS}.ipynb"
    path.write_text(path.read_text()[:-200])
    (course.submit("broken") / f"{PS}.ipynb").write_text("{]")
    return course


def copied(course, folder):
    shutil.copytree(course.root, folder)
    there = Class.__new__(Class)
    there.root, there.url = folder, f"sqlite:///{folder / 'gradebook.db'}"
    return there


def marks(course):
    """All that the gradebook says of students' cells."""
    with course.book() as book:
        return {
            s.student.id: {
                g.name: (g.auto_score, g.needs_manual_grade) for n in s.notebooks for g in n.grades
            }
            for s in book.assignment_submissions(PS)
        }


@pytest.fixture(scope="module")
def by_command(handed_in):
    course = copied(handed_in, handed_in.root.parent / "two")
    results = course.grade()
    assert results["honest"].total == results["doubled"].total == results["renamed"].total == 3.5
    assert (results["wrong"].total, results["broken"].total) == (1.5, 0)
    return course


def test_nbgrader_autograde(handed_in, by_command):
    course = copied(handed_in, handed_in.root.parent / "three")
    command = [sys.executable, "-m", "nbgrader", "autograde", PS]
    there = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=course.root, env=there, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "broken: The file is broken" in done.stderr
    assert marks(course) == marks(by_command)
    for student in marks(course):
        assert course.autograded(student) == by_command.autograded(student)


def api(course):
    """What formgrader's page talks to, as its process has it."""
    config = course.config()
    use_engine(config)
    directory = course.directory()
    directory.assignment_id = ""
    return NbGraderAPI(directory, config=config)


def test_formgrader_s_button(handed_in, by_command):
    course = copied(handed_in, handed_in.root.parent / "four")
    formgrader = api(course)
    for student in marks(by_command):
        answer = formgrader.autograde(PS, student)
        assert answer["success"], answer
    assert "cut: " in formgrader.autograde(PS, "cut")["log"]
    assert marks(course) == marks(by_command)
    assert formgrader.get_autograded_students(PS) == set(marks(course))
    assert pool.KEPT[0].nursery.process.poll() is None  # warm for the next one
    pool.KEPT.pop().close()


@pytest.mark.parametrize(
    ("student", "create", "says"),
    [("nobody", True, "nobody"), ("honest", False, "No student 'honest'")],
)
def test_who_isn_t_there_is_told(handed_in, tmp_path, student, create, says):
    course = copied(handed_in, tmp_path / "five")
    answer = api(course).autograde(PS, student, create=create)
    assert not answer["success"]
    assert says in answer["log"]


def test_limits_are_settings(handed_in, tmp_path):
    course = copied(handed_in, tmp_path / "six")
    config = course.config()
    config.Autograde.seconds, config.Autograde.isolate = 1.0, False
    slow = "def squares(n):\n    while True: pass"
    course.submit("honest", **RIGHT | {"squares": slow})
    directory = course.directory("honest")
    Autograde(coursedir=directory, config=config).start()
    text = json.dumps(course.autograded("honest"))
    assert "more than 1 seconds of CPU time" in text
    assert "without isolation" in text
    pool.KEPT.pop().close()
