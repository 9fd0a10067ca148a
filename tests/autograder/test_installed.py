"""The grader as a distribution of its own, away from the repository."""

import os
import subprocess
import sys
import zipfile

import pytest

from autograder import ROOT
from tests.autograder.problem_set import PS, RIGHT, Class

LOOKS = "import os\n\nprint('seen:', [f for f in FOLDERS if os.path.exists(f)])\n\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT / "autograder")], check=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """Where it is installed."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run(site, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments],
        cwd=site.parent, env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True, text=True,
    )  # fmt: skip


def test_it_holds_the_engine_and_no_answers(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "autograder/engine/judge.py" in names
    here = {f"autograder/{p.name}" for p in (ROOT / "autograder").glob("*.py")}
    assert here - set(names) == {"autograder/student.py"}
    assert not [n for n in names if "answers/" in n or "tests" in n or "solutions/" in n]


def test_it_grades_a_course_and_no_box_sees_it(site, tmp_path):
    course = Class(tmp_path / "course")
    looks = LOOKS.replace("FOLDERS", str([str(site / "autograder"), str(ROOT / "autograder")]))
    course.submit("ann", **RIGHT | {"squares": looks + RIGHT["squares"]})
    done = run(site, "grade", PS, "--course", str(course.root))
    assert done.returncode == 0, done.stderr
    with course.book() as book:
        assert book.find_submission(PS, "ann").score == 3.5
    shown = [c.outputs for c in course.autograded("ann").cells if c.get("outputs")]
    assert shown[0][0].text == "seen: []\n"


def test_without_a_course_it_says_what_to_do(site):
    done = run(site, "grade", PS)
    assert done.returncode == 2
    assert done.stderr.strip() == "Say which course: --course DIR, the folder with source/ in it."
