"""Copies are found however they are dressed; what the course gave or many have is no copy."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.similar import COMMON, Pair, alike

GIVEN = """def prepare(rows, width):
    cleaned = [row.strip().lower() for row in rows if row and not row.startswith('#')]
    return {name: float(value) / width for name, value in (row.split('=') for row in cleaned)}"""
MINE = """def answer(values, limit):
    # my own way
    total, seen = 0, set()
    for place, value in enumerate(values):
        if value in seen or value > limit ** 2:
            continue
        seen.add(value)
        total += value * (place + 1) if place % 3 else -value
    while total < 0:
        total += limit or 1
    return sorted(seen, reverse=True)[:5], total"""
DRESSED = """def answer(xs, most):
    s, known = 0, set()
    for i, x in enumerate(xs):
        if x in known or x > most ** 2:
            continue   # skip
        known.add(x)
        s += x * (i + 1) if i % 3 else -x

    while s < 0:
        s += most or 1
    return sorted(known, reverse=True)[:5], s"""
OTHER = """def answer(values, limit):
    import heapq
    kept = {v: i for i, v in reversed(list(enumerate(values))) if v <= limit * limit}
    parts = [v * (1 + i) if i % 3 != 0 else 0 - v for v, i in kept.items()]
    result = sum(parts)
    if result < 0:
        step = limit if limit else 1
        result += step * -(result // step)
    return heapq.nlargest(5, kept), result"""
ESSAY = "The larger network is surer than it should be, so its soft targets at a low temperature "
ESSAY += "hide what it knows about the other classes, and squaring T gives the gradients back."


def book(code: str = "", answer: str = "", locked: bool = False):
    tests = {"nbgrader": {"locked": True, "grade": True, "grade_id": "t"}}
    cells = [
        new_markdown_cell("# A lab\n" + "A question that everybody has been given. " * 9),
        new_code_cell(GIVEN),
        new_code_cell(code, metadata=tests if locked else {}),
        new_markdown_cell(answer),
    ]
    return new_notebook(cells=cells)


def found(course=(), **works) -> list[Pair]:
    return alike({name: [work] for name, work in works.items()}, [book(), *course])


def test_a_copy_with_other_names_and_comments_is_found():
    (pair,) = found(ann=book(MINE), ben=book(DRESSED), eve=book(OTHER))
    assert (pair.kind, pair.students) == ("code", ("ann", "ben"))
    assert min(pair.scores) > 0.9


def test_a_copied_answer_is_found_in_other_lines_and_case():
    copy = ESSAY.upper().replace(" SO ", "\nSO ")
    (pair,) = found(ann=book(answer=ESSAY), ben=book(answer=copy))
    assert (pair.kind, pair.scores) == ("answers", (1.0, 1.0))


def test_what_the_course_gave_or_solves_is_no_copy():
    assert found(ann=book(), ben=book(GIVEN), eve=book(GIVEN + "\n")) == []
    assert found(course=[book(MINE)], ann=book(MINE), ben=book(DRESSED)) == []
    assert found(ann=book(MINE, locked=True), ben=book(MINE, locked=True)) == []


def test_what_many_have_is_no_copy_but_a_ring_is():
    several = {f"s{i}": book(MINE) for i in range(COMMON)}
    assert len(found(**several)) == COMMON * (COMMON - 1) / 2
    assert found(**several, one_more=book(MINE)) == []


def test_text_that_repeats_itself_is_scored_right():
    """copydetect's own boilerplate filter takes repeated fingerprints for given ones."""
    twice = f"{MINE}\n\n\n{MINE}"
    (pair,) = found(ann=book(twice), ben=book(twice))
    assert pair.scores == (1.0, 1.0)


def test_the_most_alike_come_first_and_a_second_run_says_the_same():
    half = MINE.replace("sorted(seen, reverse=True)[:5]", "tuple(seen | {0})")
    works = {"ann": book(MINE), "ben": book(half), "eve": book(DRESSED)}
    pairs = found(**works)
    assert pairs[0].students == ("ann", "eve")
    assert [sum(p.scores) for p in pairs] == sorted((sum(p.scores) for p in pairs), reverse=True)
    assert found(**works) == pairs


@pytest.mark.parametrize("code", ["", "x", "def (", "\x00" * 400, "é" * 400, "x = 1\n" * 50_000])
def test_any_text_can_be_compared(code):
    for pair in found(ann=book(code), ben=book(code)):
        assert all(0 <= score <= 1 for score in pair.scores)
