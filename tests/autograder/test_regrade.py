"""A regrade can be looked at first; marks by hand are kept; more time takes penalties away."""

import csv
import shutil
from datetime import datetime

import pytest

from autograder.__main__ import main
from autograder.compare import Move, write_csv
from autograder.course import grade_course
from tests.autograder.problem_set import PS, RIGHT, Class, source

CUBES = {"squares": "def squares(n):\n    return [i**3 for i in range(n)]"}
THOUGHT = {"why": "I have thought it over."}
LATE = """\
from nbgrader.plugins import BasePlugin


class Tenth(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score * 0.1
"""


def opened(root):
    course = Class.__new__(Class)
    course.root, course.url = root, f"sqlite:///{root / 'gradebook.db'}"
    return course


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = Class(tmp_path_factory.mktemp("regrade") / "course")
    course.submit("ann", {"timestamp.txt": "2026-11-03 12:00:00 UTC"}, **RIGHT)
    course.submit("ben", **RIGHT | CUBES)
    course.submit("cat", **RIGHT | CUBES)
    course.grade()
    with course.book() as book:
        book.find_grade("test_squares", PS, PS, "cat").manual_score = 1
        book.db.commit()
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of the graded course."""
    shutil.copytree(graded.root, tmp_path / "course")
    return opened(tmp_path / "course")


def score(course, student):
    with course.book() as book:
        return book.find_submission(PS, student).score


def compared(course, capsys, *more):
    capsys.readouterr()
    assert main(["grade", PS, "--course", str(course.root), "--compare", *more]) == 0
    return capsys.readouterr().out


def test_nothing_moves_where_nothing_has_changed(course, capsys):
    assert "3 students: 0 would go up, 0 down" in compared(course, capsys)


def test_what_a_mended_test_would_move_is_listed_before_it_is_recorded(course, capsys, tmp_path):
    notebook = source()
    test = next(c for c in notebook.cells if c.id == "test_squares")
    test.source = "assert squares(3) == [0, 1, 8], 'not cubes'"
    Class(course.root, notebook)
    before = {name: score(course, name) for name in ("ann", "ben", "cat")}
    out = compared(course, capsys, "--out", str(tmp_path / "moves"))
    assert "3 students: 1 would go up, 1 down" in out
    with (tmp_path / "moves/moves.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    moved = {name: (row["before"], row["after"], row["by_hand"]) for name, row in rows.items()}
    up = ("0.0", "2.0")
    assert moved == {"ann": ("2.0", "0.0", ""), "ben": (*up, ""), "cat": (*up, "1.0")}
    assert "not cubes" in rows["ann"]["says"]
    assert {name: score(course, name) for name in before} == before
    course.grade()
    assert [score(course, name) for name in before] == [1.5, 3.5, 2.5]


def test_what_a_student_s_code_says_is_never_a_formula(tmp_path):
    moves = [Move("ann", "test_squares", 2.0, 0.0, None, '=HYPERLINK("http://x")')]
    write_csv(moves, tmp_path / "moves.csv")
    with (tmp_path / "moves.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["says"] == '\'=HYPERLINK("http://x")'
    assert row["before"] == "2.0"


def test_a_student_not_graded_yet_has_no_points_before(course, capsys):
    course.submit("dan", **RIGHT)
    out = compared(course, capsys)
    assert "4 students: 1 would go up, 0 down" in out
    assert "dan" in out
    assert "–" in out


def test_compare_goes_with_a_course_only(course, capsys):
    assert main(["grade", "lab4_distillation", str(course.root), "--compare"]) == 2
    assert "go without PATH" in capsys.readouterr().err


# marks by hand


def mark_by_hand(course, name, points):
    with course.book() as book:
        grade = book.find_grade(name, PS, PS, "ann")
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def waits(course, name):
    with course.book() as book:
        grade = book.find_grade(name, PS, PS, "ann")
        return grade.manual_score, grade.needs_manual_grade


def test_a_mark_by_hand_waits_for_a_look_only_where_its_answer_has_changed(course):
    mark_by_hand(course, "why", 3)
    mark_by_hand(course, "test_squares", 1)
    assert course.grade(force=True)["ann"].flags == ()
    assert (waits(course, "why"), waits(course, "test_squares")) == ((3, False), (1, False))
    course.submit("ann", **RIGHT | {"mean": "mean = 2"})
    course.grade()
    assert (waits(course, "why"), waits(course, "test_squares")) == ((3, False), (1, False))
    course.submit("ann", **RIGHT | THOUGHT | CUBES)
    told = "marked by hand, changed since, to be looked at: "
    assert sorted(course.grade()["ann"].flags) == [told + "test_squares", told + "why"]
    assert (waits(course, "why"), waits(course, "test_squares")) == ((3, True), (1, True))
    course.grade(force=True)  # until somebody has looked
    assert waits(course, "why") == (3, True)


def test_what_a_killed_run_left_is_cleared_away(course):
    left = course.root / "autograded/ann/.part-1"
    left.mkdir()
    course.grade(force=True)
    assert not left.exists()


# more time


def extended(course, capsys, *more):
    capsys.readouterr()
    code = main(["extend", PS, "--course", str(course.root), *more])
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.fixture
def late(course):
    """Ann hands in a day late, in a course that takes a tenth."""
    (course.root / "tenth.py").write_text(LATE)
    (course.root / "nbgrader_config.py").write_text(
        f"import sys\n\nc = get_config()\nsys.path.insert(0, {str(course.root)!r})\n"
        "from tenth import Tenth\n\nc.AssignLatePenalties.plugin_class = Tenth\n"
    )
    with course.book() as book:
        book.find_assignment(PS).duedate = datetime(2026, 11, 2, 12)
        book.db.commit()
    grade_course(course.root, PS, force=True)
    return course


def penalty(course):
    with course.book() as book:
        return book.find_submission(PS, "ann").late_submission_penalty


def test_more_time_takes_the_penalty_away_and_stays_so(late, capsys):
    assert penalty(late) == pytest.approx(0.35)
    answer = extended(late, capsys, "--student", "ann", "--days", "2")
    assert answer == (0, "ann: due 2026-11-04 12:00 UTC; no points off\n")
    assert penalty(late) == 0
    grade_course(late.root, PS, force=True)
    assert penalty(late) == 0
    _, told = extended(late, capsys, "--student", "ann")
    assert told == "ann: due 2026-11-02 12:00 UTC; 0.35 points off for lateness\n"
    assert penalty(late) == pytest.approx(0.35)


def test_more_time_may_be_given_before_it_is_graded(late, capsys):
    late.submit("dan", {"timestamp.txt": "2026-11-03 12:00:00 UTC"}, **RIGHT)
    assert extended(late, capsys, "--student", "dan", "--hours", "36")[0] == 0
    grade_course(late.root, PS)
    with late.book() as book:
        assert not book.find_submission(PS, "dan").late_submission_penalty


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--student", "zoe", "--days", "1"], "'zoe' has submitted no ps1"),
        (["--student", "ann", "--days", "-1"], "can't be negative"),
    ],
)
def test_wrong_requests_are_told(late, capsys, more, says):
    code, told = extended(late, capsys, *more)
    assert code == 2
    assert says in told
