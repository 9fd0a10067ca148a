"""Honest work in courses that use more of Python than most gets all its points."""

from __future__ import annotations

from nbformat.v4 import new_code_cell

from autograder.course import grade_course
from tests.hostile.course import exercise, named
from tests.hostile.honest import ASSIGNMENT, hand_in

RECORDS = """\
import enum
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass
class Point:
    x: float
    y: float = 0.0
    tags: list[str] = field(default_factory=list)


class Pair(NamedTuple):
    first: int
    second: int = 0


class Color(enum.Enum):
    RED = 1


def annotated(n: int) -> str:
    return str(n)"""
NORM = "def norm(p):\n    return (p.x**2 + p.y**2) ** 0.5"
TEST_NORM = """\
assert norm(Point(3.0, 4.0)) == 5
assert sum(Pair(1, 2)) == 3 and Color(1) is Color.RED
assert annotated.__annotations__ == {"n": int, "return": str}"""


def test_a_given_cell_with_records(tmp_path):
    given = named(new_code_cell(RECORDS), "given", locked=True)
    deserved = hand_in(tmp_path, [given, *exercise("norm", NORM, TEST_NORM, 2)], students=1)
    (result,) = grade_course(tmp_path, ASSIGNMENT, seconds=5, jobs=1)
    assert result.forgeable == ()
    assert result.scores == {f"test_{name}": points for name, points in deserved.items()}, result
