"""A grader that is killed at random moments loses no mark and doubles none."""

import random
import shutil

import pytest

from tests.autograder.problem_set import RIGHT, Class
from tests.benchmarks import week

SLOW = "def squares(n):\n    sum(range(10**7))\n    return [i**2 for i in range(n)]"


@pytest.fixture
def course(tmp_path):
    course = Class(tmp_path / "course")
    for number in range(8):
        course.submit(f"ann{number}", **RIGHT | {"squares": f"{SLOW}\n# {number}"})
    return course


def test_killed_again_and_again_it_ends_with_the_same_marks(course, tmp_path):
    unharmed = shutil.copytree(course.root, tmp_path / "unharmed")
    seconds = week.grade(unharmed)
    due = week.marks(unharmed)
    assert [due[f"ann{n}"]["test_squares"] for n in range(8)] == [(2.0, 0)] * 8
    there = week.kill_at_random(course.root, 4, seconds, random.Random(0))
    assert there == sorted(there)
    week.grade(course.root)
    assert week.marks(course.root) == due
    files = {p.name for p in course.root.rglob("*") if p.is_file() and "source" not in p.parts}
    assert not [name for name in files if name.endswith(".part")]


def test_a_mark_that_is_lost_would_be_seen(course, monkeypatch):
    seen = iter([{"ann0": {"why": (1.0, 0)}}, {"ann0": {"why": (0.0, 0)}}])
    monkeypatch.setattr(week, "marks", lambda course: next(seen))
    with pytest.raises(AssertionError):
        week.kill_at_random(course.root, 2, 0.1, random.Random(0))
