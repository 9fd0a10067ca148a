"""An instructor's week: a class of a lab graded by every way, stopped at random, always alike.

Students answer each exercise by one of the lab's wrong or right answers, its solution, or not at
all; some hand in renamed files or files cut off. The class is graded

- by `python -m autograder grade` with --jobs 2, with --jobs 1, and while all cores are busy;
- with SIGKILL at random points, then once to the end;
- by formgrader's button, one student after the other.

Printed are seconds and whether all marks are the same; it ends with 1 where they aren't.

    python tests/benchmarks/week.py --lab lab1_carbon --students 300 --kills 20
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from autograder import ROOT, SOLUTIONS
from autograder.answers import cells_of, read_answers
from autograder.build import expand, read_source, write
from autograder.nbgrader_config import settings
from autograder.record import quiet
from tests.autograder.problem_set import PS, Class

Marks = Mapping[str, Mapping[str, tuple]]
SETTINGS = """\
c = get_config()

from autograder.nbgrader_config import use_engine

use_engine(c)
"""


def make(course: Path, lab: str, students: int, rng: random.Random) -> None:
    """A course whose class has handed in."""
    solved = expand(read_source(SOLUTIONS / f"{lab}.py"))
    with quiet():
        Class(course, solved)
    (course / "nbgrader_config.py").write_text(SETTINGS)
    released = nbformat.read(course / f"release/{PS}/{PS}.ipynb", as_version=4)
    choices: dict[str, list[str]] = {
        name: ["", cell.source] for name, cell in cells_of(solved, "solution").items()
    }
    exercises = list(cells_of(solved, "tests"))
    for answer in read_answers(lab, exercises, ROOT / "autograder"):
        choices[answer.exercise].append(answer.code)
    for number in range(students):
        own = nbformat.from_dict(released)
        for name, cell in cells_of(own, "solution").items():
            cell.source = rng.choice(choices[name]) or cell.source
        path = course / f"submitted/s{number:03}/{PS}/{PS}.ipynb"
        write(own, path)
        if number % 20 == 7:
            path.rename(path.with_name(f"{PS} (1).ipynb"))
        if number % 20 == 13:
            path.write_bytes(path.read_bytes()[:-3000])


def command(course: Path, *options: str) -> list[str]:
    """The grader's command line."""
    asked = ["grade", PS, "--course", str(course), *options]
    return [sys.executable, "-m", "autograder", *asked]


def grade(course: Path, *options: str) -> float:
    """Grade to the end; seconds by the clock."""
    began = time.perf_counter()
    done = subprocess.run(command(course, *options), cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - began


def marks(course: Path) -> Marks:
    """All that the gradebook says of students' cells; raises AssertionError if it isn't sound."""
    with closing(sqlite3.connect(course / "gradebook.db")) as book:
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = book.execute(
            "SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score, "
            "grade.needs_manual_grade FROM grade "
            "JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
            "JOIN submitted_assignment "
            "ON submitted_notebook.assignment_id = submitted_assignment.id "
            "JOIN base_cell ON grade.cell_id = base_cell.id"
        ).fetchall()
    found: dict[str, dict[str, tuple]] = {}
    for student, cell, *mark in rows:
        assert cell not in found.setdefault(student, {}), f"{student} has {cell} twice"
        found[student][cell] = tuple(mark)
    return found


def kill_at_random(course: Path, kills: int, whole: float, rng: random.Random) -> list[int]:
    """Start the grader and kill it, again and again; how many had marks after each kill.

    Raises AssertionError where a mark that was there is lost or another. `whole`: the seconds of
    a run to its end.
    """
    there: list[int] = []
    before: Marks = {}
    for _ in range(kills):
        process = subprocess.Popen(
            command(course), cwd=ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(rng.uniform(0, whole))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        now = marks(course)
        assert all(now[student] == mark for student, mark in before.items())
        there.append(len(now))
        before = now
    return there


def press_the_button(course: Path) -> float:
    """Grade each student as formgrader's page does; seconds by the clock."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    config = settings(course)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    began = time.perf_counter()
    for student in sorted(path.name for path in (course / "submitted").iterdir()):
        answer = api.autograde(PS, student)
        if not answer["success"]:
            raise SystemExit(f"{student}: {answer}")
    return time.perf_counter() - began


@contextmanager
def busy() -> Iterator[None]:
    """Two processes a core that compute without end."""
    others = [
        multiprocessing.Process(target=spin, daemon=True) for _ in range(2 * (os.cpu_count() or 1))
    ]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.kill()


def spin() -> None:
    while True:
        pass


def main(argv: list[str] | None = None) -> int:
    """Grade the class by every way and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lab", default="lab1_carbon", help="which lab (lab1_carbon)")
    parser.add_argument("--students", type=int, default=300, help="in the class (300)")
    parser.add_argument("--kills", type=int, default=20, help="times that it is killed (20)")
    parser.add_argument("--seed", type=int, default=0, help="of the answers and the kills (0)")
    args = parser.parse_args(argv)
    if args.students < 1 or args.kills < 0:
        parser.error("--students must be 1 or more, --kills 0 or more")
    rng, lab = random.Random(args.seed), args.lab
    with TemporaryDirectory(dir=Path.home(), prefix="week-") as folder:
        fresh = Path(folder, "fresh")
        make(fresh, lab, args.students, rng)

        def course(name: str) -> Path:
            return Path(shutil.copytree(fresh, Path(folder, name)))

        first = course("jobs2")
        whole = grade(first, "--jobs", "2")
        due = marks(first)
        print(f"{args.students} students of {lab}, {len(due)} graded: --jobs 2 {whole:.0f} s")
        again = grade(first, "--jobs", "2")
        print(f"nothing changed, once more: {again:.0f} s, same {marks(first) == due}", flush=True)
        ways = {"--jobs 1": lambda c: grade(c, "--jobs", "1")}
        ways["busy machine"] = busily
        ways["formgrader"] = press_the_button
        same = marks(first) == due and len(due) == args.students
        for name, way in ways.items():
            place = course(name.replace(" ", ""))
            took = way(place)
            same &= marks(place) == due
            print(f"{name}: {took:.0f} s, same marks {marks(place) == due}", flush=True)
        place = course("killed")
        there = kill_at_random(place, args.kills, whole / 2, rng)
        took = grade(place)
        same &= marks(place) == due
        print(f"killed {args.kills} times, students with marks then: {there}")
        print(f"then to the end: {took:.0f} s, same marks {marks(place) == due}")
    return 0 if same else 1


def busily(course: Path) -> float:
    """Grade while all cores are busy."""
    with busy():
        return grade(course, "--jobs", "2")


if __name__ == "__main__":
    sys.exit(main())
