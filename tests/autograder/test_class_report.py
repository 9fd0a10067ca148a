"""The class at a glance: right numbers, everything escaped, and joules that are never made up."""

import re
import subprocess
import sys

import pytest
from rich.console import Console
from rich.progress import Task

from autograder import class_report, report
from autograder.build import write
from autograder.class_report import MESSAGES, exercise, flagged, grouped, likenesses, page, totals
from autograder.course import Grading
from autograder.report import Rate, grade_folder, grade_path
from autograder.result import Result
from autograder.similar import Pair
from autograder.spent import Spent, cpu_seconds, metered
from greenlab.energy import Interval, Reading
from tests.autograder.problem_set import PS, RIGHT, Class
from tests.autograder.test_feedback import FORBIDDEN, Page
from tests.autograder.test_similar import MINE

MOST = {"soften": 2.0, "why": 3.0}


def result(name, points, message=None, **more):
    failures = {"soften": message} if message else {}
    return Result(name, {"soften": points, "why": 0.0}, MOST, failures, ("why",), **more)


def a_class(count, *wrong):
    return [result(f"s{i}", 2.0) for i in range(count)] + list(wrong)


def text(results, alike=([], "None is alike."), spent=("1 second",)) -> str:
    return Page(page("lab9", results, alike, spent)).text


def test_each_exercise_counts_who_got_how_much():
    one = exercise("soften", a_class(5, result("x", 1.0, "bad"), result("y", 0.0, "bad")))
    assert (one.full, one.part, one.none, one.waiting) == (5, 1, 1, 0)
    assert one.messages == [("bad", ["x", "y"])]
    assert exercise("why", a_class(5)).shares == [("waits", "not graded yet", 5)]


def test_messages_that_differ_in_numbers_are_one_and_the_commonest_comes_first():
    told = [("got 3.5 (T=1)", "a"), ("got -1e-05 (T=4)", "b"), ("syntax", "c")]
    told += [("got [[1. 0.]\n [nan 2.]]", "d"), ("got [[1.]]", "e"), ("got [[1.]]", "f")]
    groups = grouped(told)
    assert [(students, message) for message, students in groups[:1]] == [
        (["d", "e", "f"], "got [[1.]]")
    ]
    assert (["a", "b"]) in [students for _, students in groups]


def test_rare_messages_are_counted_not_shown():
    wrong = [result(c, 0.0, f"says {c}") for c in "abcdefgh"]
    one = exercise("soften", wrong)
    assert (len(one.messages), one.left) == (MESSAGES, 8 - MESSAGES)
    assert f"Other messages: {8 - MESSAGES} students." in text(wrong)


def test_totals_in_bars_and_words():
    found = totals([result(str(i), p) for i, p in enumerate((0.0, 1.0, 2.0, 2.0, 2.0))])
    assert (found.step, found.bars) == (1, [1, 1, 3, 0, 0])
    assert "lowest total is 0, the highest 2. The median is 2" in found.words
    full = [Result("a", {"soften": 2.0, "why": 3.0}, MOST)]
    assert totals(full).bars == [0, 0, 0, 0, 1]
    nothing = [Result("a", {"x": 0.0}, {"x": 0.0})]
    assert totals(nothing).bars == [1]


def test_every_bar_has_words():
    html = page("lab9", a_class(4, result("x", 0.0, "bad")), ([], "None."), ["1 s"])
    images = [attrs for tag, attrs in Page(html).tags if tag == "svg"]
    assert len(images) == 3
    assert all(attrs["role"] == "img" for attrs in images)
    assert images[0]["aria-label"].startswith("Number of students by total: from 0 points on, 1; ")
    assert images[1]["aria-label"] == "all points: 4, none: 1"


def test_flags_limits_and_what_could_not_be_graded():
    limit = "Stopped: more than 60 seconds of CPU time."
    flags = ("Locked cells had been edited and are as given again: t1.", "left out, a link: x")
    results = [
        result("a", 0.0, limit, flags=flags),
        result("b", 0.0, limit),
        result("c", 2.0, flags=flags[:1]),
        result("d", 0.0, error="There is no lab9.ipynb."),
        result("e", 0.0, "expected more than 3 seconds"),
    ]
    found = {kind: [students for _, students in told] for kind, told in flagged(results)}
    assert found == {
        "Over a limit, or ended by itself": [["a", "b"]],
        "Locked cells had been edited and are as given again": [["a", "c"]],
        "left out, a link": [["a"]],
        "Not graded": [["d"]],
    }


@pytest.mark.parametrize("evil", ["<script>f()</script>", "\" onload='f()'", "</svg><img src=//x>"])
def test_nothing_of_a_students_runs_or_loads(evil):
    bad = result(evil, 0.0, evil, flags=(evil, f"{evil}: {evil}"), error=evil)
    html = page(evil, a_class(3, bad), ([Pair("code", (evil, "b"), (1.0, 0.9), 200)], ""), [evil])
    seen = Page(html)
    assert {tag for tag, _ in seen.tags}.isdisjoint(FORBIDDEN - {"svg", "style"} | {"img"})
    assert (seen.active, seen.loads) == ([], [])
    assert "default-src 'none'" in html


def test_names_cannot_turn_the_text_around():
    assert "\u202e" not in page("lab9", [result("ann\u202e", 0.0, "a\u202eb")], ([], ""), [])


def test_a_class_of_300_stays_readable():
    wrong = [result(f"w{i}", 0.0, f"message {chr(97 + i % 26)}") for i in range(300)]
    html = page("lab9", wrong, ([Pair("code", ("a", "b"), (1, 1), 200)] * 900, ""), ["1 s"])
    assert len(html) < 200_000
    assert "more pairs, less alike" in html
    assert "<details><summary>All 300</summary>" in html


def test_without_copydetect_the_report_says_so(monkeypatch):
    monkeypatch.setattr(class_report, "find_spec", lambda name: None)
    pairs, sentence = likenesses({"a": []}, [])
    assert pairs == []
    assert "pip install copydetect" in text(a_class(2), (pairs, sentence))


def test_what_cannot_be_compared_costs_no_report(monkeypatch):
    def fails(*args):
        raise RecursionError("too deep")

    monkeypatch.setattr(class_report, "alike", fails)
    assert likenesses({"a": []}, [])[1].endswith("looked for: too deep.")


def test_energy_that_is_unavailable_is_never_0():
    spent = Spent(Reading({}, 2.0, "unavailable", "", ("no sensor",)), 1.5)
    said = " ".join(spent.in_words(False))
    assert "energy unavailable over 2 s" in said
    assert "No sensor." in said
    assert not re.search(r"\b0 J", said)
    assert "the cluster's not counted" in " ".join(spent.in_words(True))


def test_energy_comes_with_method_and_interval():
    joules = {"cpu": Interval(3, 7, 16)}
    said = Spent(Reading(joules, 2.0, "estimated", "processes"), 1.0).in_words(False)
    assert "3 to 16 J in 2 s (estimated, processes)." in said[1]


def test_child_processes_count():
    burn = "import time\nwhile time.process_time() < 0.5: pass"
    before = cpu_seconds()
    with metered() as spent:
        subprocess.run([sys.executable, "-c", burn], check=True)
    assert 0.4 < spent.cpu <= cpu_seconds() - before
    if spent.reading.method == "estimated":
        assert spent.reading.interval.low >= 0.4 * 3


def test_the_progress_bar_tells_the_rate():
    task = Task(0, "Grading", 300, 30, _get_time=lambda: 0.0)
    assert str(Rate().render(task)) == ""
    task.finished_speed = 0.7
    assert str(Rate().render(task)) == "42 a minute"


def test_grading_a_folder_writes_it_into_out(tiny, tmp_path):
    own = MINE.replace("answer(values, limit)", "spare(values, limit)") + "\n\n\ndouble = teacher"
    for name in ("ann", "ben"):
        write(tiny.solved(double=own), tmp_path / "in" / f"{name}.ipynb")
    grade_path(tiny.source, tmp_path / "in", tmp_path / "out", jobs=1)
    said = Page((tmp_path / "out/report.html").read_text(encoding="utf-8")).text
    assert "2 students." in said
    assert "double 2 all points: 2" in said
    assert "ann and ben code 100%, 100%" in said
    assert re.search(r"seconds by the clock, [\d.]+ CPU seconds", said)


def test_grading_a_course_writes_it_beside_the_gradebook(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(report, "Console", lambda: Console(width=300))
    course = Class(tmp_path)
    course.submit("ann", **RIGHT)
    course.submit("ben", squares="def squares(n):\n    return [0, 1, 4]", mean="mean = max")
    place = course.root / "reports" / f"{PS}.html"
    grade_folder(Grading(course.config(), PS, ["ann"]), None, jobs=1)
    assert not place.exists()  # one student is not the class
    grade_folder(Grading(course.config(), PS), tmp_path / "out", jobs=1)
    assert str(place) in capsys.readouterr().out
    assert "wrong further on" in place.read_text()
    assert place.read_text() == (tmp_path / "out/report.html").read_text()
