"""The same course before stock nbgrader, contained: it grades honest work, and cheats fool it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from tests.hostile.case import FULL, NOTHING
from tests.hostile.classroom import hand_in, student
from tests.hostile.clock import timed
from tests.hostile.course import ASSIGNMENT
from tests.hostile.ipython import CASES

BENCHMARK = Path(__file__).parents[1] / "benchmarks/grading.py"


def test_a_cheat_that_the_engine_holds_works_on_stock_nbgrader(tmp_path):
    case = next(case for case in CASES if case.name == "AST transformer")
    hand_in(tmp_path, [case])
    _, _, output = timed(["-m", "tests.hostile.stock", str(tmp_path), ASSIGNMENT, "30"])
    marks = json.loads(output)["marks"]
    for honest in (student(0, "honest"), student(2, "honest")):
        assert {name: marks[honest][name] for name in FULL} == FULL
    cheat = {name: marks[student(1, "case")][name] for name in FULL}
    assert sum(cheat.values()) > sum(NOTHING.values())
    assert list(tmp_path.glob("autograded/*")) == []  # it worked on a copy


@pytest.mark.parametrize("wrong", [["--jobs", "0"], ["--throughput", "2"], ["--cases", "none"]])
def test_the_benchmark_refuses_what_it_cannot_run(wrong):
    with pytest.raises(SystemExit):
        runpy.run_path(str(BENCHMARK))["main"](wrong)


def test_the_benchmark_judges_all_three():
    script = runpy.run_path(str(BENCHMARK))
    case = next(case for case in CASES if case.fair == NOTHING)
    fair = {student(0, "honest"): FULL, student(1, "case"): NOTHING, student(2, "honest"): FULL}
    for changes, words in (
        ({}, (True, "0 right")),
        ({student(1, "case"): FULL}, (False, f"{sum(FULL.values()):g} wrong")),
        ({student(2, "honest"): NOTHING}, (False, "0 wrong, others too")),
    ):
        assert script["judged"](case, script["Graded"](fair | changes, 1.0, 1.0)) == words
