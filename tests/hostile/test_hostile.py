"""Hostile and unlucky submissions are graded fairly, and their classmates' marks don't move."""

from __future__ import annotations

import re
from functools import cache

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from tests.hostile.case import FULL
from tests.hostile.classroom import NAMES, Run, grade, remove
from tests.hostile.course import ASSIGNMENT, WRITTEN
from tests.hostile.groups import GROUPS
from tests.hostile.stock import marks

CASES = {f"{group}: {case.name}": case for group, cases in GROUPS.items() for case in cases}
SECONDS, JOBS = 1.0, 2
MOST = 10 * 2**20  # bytes of an autograded notebook


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One group's run, made when it is first asked for."""
    roots = []

    @cache
    def graded(group: str) -> Run:
        roots.append(tmp_path_factory.mktemp(group))
        (root := roots[-1] / "course").mkdir()
        return grade(root, GROUPS[group], SECONDS, JOBS)

    yield graded
    for root in roots:
        remove(root)


@pytest.mark.parametrize("name", CASES)
def test_it_gets_the_marks_that_it_deserves(run, name):
    case, found = CASES[name], run(name.partition(":")[0])
    student = next(student for student, other in found.students.items() if other is case)
    result, scores = found.results[student], found.scores(student)
    assert scores == {**case.fair, WRITTEN: 0.0}, (case.tries, result.failures, result.error)
    read = " ".join([result.error or "", *result.failures.values(), *result.flags])
    assert case.told in read
    if case.fair == FULL:
        assert result.by_hand == (WRITTEN,)


@pytest.mark.parametrize("group", GROUPS)
def test_its_classmates_get_theirs(run, group):
    found = run(group)
    for student, result in found.results.items():
        if student not in found.students:
            assert found.scores(student) == {**FULL, WRITTEN: 0.0}, result
            assert result.by_hand == (WRITTEN,)
            assert (result.error, result.failures, result.flags) == (None, {}, ())
            assert result.forgeable == ()


@pytest.mark.parametrize("group", GROUPS)
def test_the_gradebook_says_the_same(run, group):
    found = run(group)
    book = marks(found.root / "gradebook.db")
    assert book == {student: found.scores(student) for student in found.results}


@pytest.mark.parametrize("group", GROUPS)
def test_no_file_of_the_course_or_beside_it_is_touched(run, group):
    assert run(group).changed == []


@pytest.mark.parametrize("group", GROUPS)
def test_no_process_is_left_and_nobody_called(run, group):
    assert (run(group).left, run(group).calls) == ([], 0)


@pytest.mark.parametrize("group", GROUPS)
def test_graded_notebooks_can_be_read_safely(run, group):
    found = run(group)
    for student in found.results:
        path = found.root / f"autograded/{student}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
        assert path.stat().st_size < MOST, student
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
        assert [name for name in names if name in NAMES] == list(NAMES), student
        for cell in notebook.cells:
            assert "<script" not in str(cell.get("outputs")).lower(), student


def test_written_answers_can_be_read_safely(run):
    found = run("notebooks")
    (student,) = (name for name, case in found.students.items() if case.name == "script in words")
    path = found.root / f"autograded/{student}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
    answer = nbformat.read(path, as_version=4).cells[-1].source
    html = BeautifulSoup(HTMLExporter().markdown2html({}, answer), "html.parser")
    assert {tag.name for tag in html.find_all()} <= {"p", "a"}
    attributes = [text for tag in html.find_all() for pair in tag.attrs.items() for text in pair]
    assert not re.search(r"^on|javascript:", " ".join(attributes))
    assert "alert(1)" in html.text  # nothing of the answer is lost
