"""Grading with the engine beside stock nbgrader: who is marked right, and how fast.

Cases (`--cases`): each submission of tests/hostile hands in between two honest classmates. It is
graded right when all three have the marks that they deserve. Seconds are for the three, the start
of either grader included. Attacks on the engine's own wire are left out: nbgrader has none.

Throughput (`--throughput`): honest classes of an assignment that trains a small network, of one
that imports torch but trains nothing, and of one that needs NumPy only. From two sizes of class
follow a grader's start and its cost for each further submission. The student's own code is what
the solved notebook's cells take, tests included, in a process that has run them before.

Stock nbgrader runs hostile code as its own user, so all of it is contained, its gradebook and its
kernels too: in one of the engine's cages (namespaces, no files of the machine, a user without
rights, 4 GB of memory), but with a loopback network and without the filter of system calls, which
kernels need. Where no cage can be made, this benchmark says so and ends.

Compare within one run, never between runs. Without options it does both parts, which takes long;
these are shorter:

    python tests/benchmarks/grading.py --throughput
    python tests/benchmarks/grading.py --cases cheats folders
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.hostile import course, honest
from tests.hostile.case import FULL, Case
from tests.hostile.classroom import hand_in, remove, student
from tests.hostile.clock import timed, warm_cells
from tests.hostile.groups import GROUPS
from tests.hostile.stock import marks

SECONDS = 10  # for a cell, with both graders
FEW = 2  # the smaller class
MORE = 5  # times as many for the engine's larger class, or its start's noise hides what one takes
MAKING = threading.Lock()  # nbgrader changes the process's folder to make a course
CLASSES = {
    "trains a network": honest.training,
    "imports torch": lambda: honest.plain(torch=True),
    "NumPy only": honest.plain,
}


@dataclass(frozen=True)
class Graded:
    """One run of a grader over a class: marks by student and exercise, seconds of clock and CPU."""

    marks: Mapping[str, Mapping[str, float]]
    wall: float
    cpu: float


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that isn't in /tmp, which cages keep for themselves."""
    folder = Path(mkdtemp(prefix="grading-benchmark-", dir=Path.home()))
    try:
        yield folder
    finally:
        remove(folder)


def with_engine(root: Path, assignment: str, jobs: int) -> Graded:
    """Grade the course by `python -m autograder grade`."""
    options = ["--course", str(root), "--seconds", str(SECONDS), "--jobs", str(jobs)]
    wall, cpu, _ = timed(["-m", "autograder", "grade", assignment, *options])
    return Graded(marks(root / "gradebook.db"), wall, cpu)


def with_stock(root: Path, assignment: str) -> Graded:
    """Grade a copy of the course by `nbgrader autograde`, contained."""
    wall, cpu, output = timed(["-m", "tests.hostile.stock", str(root), assignment, str(SECONDS)])
    try:
        answer = json.loads(output)
    except ValueError:
        raise SystemExit(f"Stock nbgrader can't be contained here:\n{output}") from None
    return Graded(answer["marks"], answer["seconds"] or wall, cpu)


def compare_cases(groups: Sequence[str], jobs: int) -> None:
    """Print how each case is marked, and how many each grader marks right."""
    print(f"\n{'submission':<48} {'deserves':>8}   {'stock nbgrader':<27} engine")
    right = {"stock": 0, "engine": 0}
    cases = [(group, case) for group in groups for case in GROUPS[group] if not case.wire]
    with scratch() as folder, ThreadPoolExecutor(jobs) as threads:
        folders = [folder / str(number) for number in range(len(cases))]
        both = threads.map(one_case, folders, [case for _, case in cases])
        for (group, case), (stock, engine) in zip(cases, both, strict=True):
            told = []
            for name, graded in (("stock", stock), ("engine", engine)):
                fair, words = judged(case, graded)
                right[name] += fair
                told.append(f"{words:<20}{graded.wall:4.0f} s")
            name, deserved = f"{group}: {case.name}", sum(case.fair.values())
            print(f"{name:<48} {deserved:8g}   {told[0]}   {told[1]}", flush=True)
    print(f"\nright of {len(cases)}: stock nbgrader {right['stock']}, engine {right['engine']}")


def one_case(root: Path, case: Case) -> tuple[Graded, Graded]:
    """A case between two honest classmates, graded by both."""
    root.mkdir()
    with MAKING:
        hand_in(root, [case])
    stock = with_stock(root, course.ASSIGNMENT)
    engine = with_engine(root, course.ASSIGNMENT, jobs=1)
    remove(root)
    return stock, engine


def judged(case: Case, graded: Graded) -> tuple[bool, str]:
    """Whether all three have the marks that they deserve, and that in words."""
    honest_ones = dict.fromkeys((student(0, "honest"), student(2, "honest")), FULL)
    wrong = [
        name
        for name, fair in (honest_ones | {student(1, "case"): case.fair}).items()
        if any(graded.marks.get(name, {}).get(key, 0) != points for key, points in fair.items())
    ]
    got = graded.marks.get(student(1, "case"))
    words = "none" if got is None else f"{sum(got[name] for name in case.fair):g}"
    others = ", others too" if not honest_ones.keys().isdisjoint(wrong) else ""
    return not wrong, f"{words} wrong{others}" if wrong else f"{words} right"


def compare_throughput(students: int) -> None:
    """Print what honest classes take."""
    print(f"\n{students} honest submissions, 2 at a time with the engine, 1 with stock nbgrader")
    for name, assignment in CLASSES.items():
        cells = assignment()
        took: dict[str, dict[int, Graded]] = {"stock": {}, "engine": {}}
        for n in (FEW, students, MORE * students):
            with scratch() as folder:
                deserved = honest.hand_in(folder, cells, n)
                if n <= students:
                    took["stock"][n] = with_stock(folder, honest.ASSIGNMENT)
                took["engine"][n] = with_engine(folder, honest.ASSIGNMENT, jobs=2)
            for grader, runs in took.items():
                if n in runs and list(runs[n].marks.values()) != [deserved] * n:
                    raise SystemExit(f"{name}: {grader} doesn't mark all {n} right.")
        own = warm_cells([cell.source for cell in cells if cell.cell_type == "code"])
        print(f"\n{name}: the student's own code takes {own:.2f} CPU seconds")
        for grader, runs in took.items():
            print(f"  {grader:<6} {figures(runs, students, own)}")
        wall = {grader: runs[students].wall for grader, runs in took.items()}
        each = {grader: further(runs).wall for grader, runs in took.items()}
        print(
            f"  the engine is {wall['stock'] / wall['engine']:.1f}x faster, "
            f"once started {each['stock'] / each['engine']:.1f}x"
        )


def further(runs: Mapping[int, Graded]) -> Graded:
    """What each submission beyond the first few takes, by the largest class."""
    n = max(runs)
    wall, cpu = (
        (getattr(runs[n], what) - getattr(runs[FEW], what)) / (n - FEW) for what in ("wall", "cpu")
    )
    return Graded({}, wall, cpu)


def figures(runs: Mapping[int, Graded], n: int, own: float) -> str:
    """A grader's seconds for a class of n, and what its start and each submission take of them."""
    each = further(runs)
    cpu = f"{each.cpu:.2f} s, {each.cpu - own:.2f} s beyond the student's own"
    return (
        f"{runs[n].wall:6.1f} s: {runs[FEW].wall - FEW * each.wall:.1f} s to start, "
        f"{each.wall:.3f} s a submission; CPU {'not known' if math.isnan(each.cpu) else cpu}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cases", nargs="*", choices=GROUPS, metavar="GROUP", help=f"all, or {', '.join(GROUPS)}"
    )
    parser.add_argument(
        "--throughput", nargs="?", type=int, const=20, metavar="N", help="N honest students (20)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time (2)")
    args = parser.parse_args(argv)
    if args.jobs < 1:
        parser.error("--jobs must be 1 or more")
    if args.throughput is not None and args.throughput <= FEW:
        parser.error(f"--throughput must be more than {FEW}")
    both = args.cases is None and args.throughput is None
    print(f"nbgrader {version('nbgrader')}, torch {version('torch')}, {os.cpu_count()} cores")
    if both or args.throughput is not None:
        compare_throughput(args.throughput or 20)
    if both or args.cases is not None:
        compare_cases(args.cases or list(GROUPS), args.jobs)


if __name__ == "__main__":
    main()
