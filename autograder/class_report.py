"""The class at a glance: one HTML page of marks, failures, flags and likenesses."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from statistics import quantiles

import nbformat
from jinja2 import Environment, FileSystemLoader
from nbformat import NotebookNode

from autograder.inert import printable
from autograder.result import Result
from autograder.similar import Pair, alike

TEMPLATES = Path(__file__).parent / "templates"
MESSAGES, PAIRS, BARS = 5, 40, 10  # messages an exercise, pairs and bars shown, at most
NUMBERS = re.compile(
    r"(?:[\s\[\]()]*(?:[-+]?\d[\d.,]*(?:e[-+]?\d+)?|\bnan\b|\binf\b|\.\.\.))+[\s\])]*"
)
LENGTH = 600  # characters of a message
NO_LIBRARY = "Near-identical submissions weren't looked for: pip install copydetect first."
STOPPED = re.compile(r"(?:Stopped|MemoryError): ")  # how a message of a limit begins


@dataclass(frozen=True)
class Exercise:
    """How the class did in one exercise: numbers of students, and what they were told."""

    name: str
    most: float
    full: int
    part: int
    none: int
    waiting: int
    messages: list[tuple[str, list[str]]]  # the commonest first, each with its students
    left: int  # students with other messages

    @property
    def shares(self) -> list[tuple[str, str, int]]:
        """Kind of mark, in words, and number of students, of those that there are."""
        kinds = (
            ("full", "all points", self.full),
            ("part", "some", self.part),
            ("none", "none", self.none),
            ("waits", "not graded yet", self.waiting),
        )
        return [kind for kind in kinds if kind[2]]


def exercise(name: str, results: Sequence[Result]) -> Exercise:
    """The marks and the commonest messages of one exercise."""
    waiting = sum(name in r.by_hand for r in results)
    graded = [r for r in results if name not in r.by_hand]
    full = sum(r.scores[name] >= r.max_scores[name] for r in graded)
    none = sum(not r.scores[name] and r.max_scores[name] > 0 for r in graded)
    told = grouped((r.failures[name], r.student) for r in results if name in r.failures)
    shown, rest = told[:MESSAGES], told[MESSAGES:]
    most = results[0].max_scores[name]
    left = sum(len(students) for _, students in rest)
    part = len(graded) - full - none
    return Exercise(name, most, full, part, none, waiting, shown, left)


def grouped(told: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Messages that differ only in numbers as one, with its students, the commonest first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for message, student in told:
        groups.setdefault(NUMBERS.sub(" # ", message.strip()), []).append(
            (message.strip(), student)
        )
    found = []
    for members in groups.values():
        (example, _), *_ = Counter(message for message, _ in members).most_common(1)
        cut = example if len(example) <= LENGTH else f"{example[:LENGTH]} …"
        found.append((printable(cut), sorted(student for _, student in members)))
    return sorted(found, key=lambda group: (-len(group[1]), group[0]))


def flagged(results: Sequence[Result]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """What an instructor should look at, under headings, each with its students."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for result in results:
        if result.error:
            kinds.setdefault("Not graded", []).append((result.error, result.student))
        for name, message in result.failures.items():
            if STOPPED.match(message):
                kinds.setdefault("Over a limit, or ended by itself", []).append(
                    (f"{name}: {message}", result.student)
                )
        for flag in result.flags:
            heading, _, rest = flag.partition(": ")
            kinds.setdefault(heading, []).append((rest or flag, result.student))
    found = [(printable(kind), grouped(told)) for kind, told in kinds.items()]
    return sorted(found, key=lambda kind: -sum(len(students) for _, students in kind[1]))


@dataclass(frozen=True)
class Totals:
    """How many students have how many points: bars, each `step` points wide from 0 on."""

    most: float
    step: float
    bars: list[int]
    words: str


def totals(results: Sequence[Result]) -> Totals:
    """The distribution of the points given so far."""
    most = sum(results[0].max_scores.values())
    points = sorted(r.total for r in results)
    step = max(ceil(most / BARS), 1)
    bars = [0] * max(ceil(most / step), 1)
    for value in points:
        bars[min(int(max(value, 0) / step), len(bars) - 1)] += 1
    words = f"Of {most:g} points, the lowest total is {points[0]:g}, the highest {points[-1]:g}."
    if len(points) > 1:
        low, middle, high = quantiles(points, n=4, method="inclusive")
        words += f" The median is {middle:g}; half of the class lies from {low:g} to {high:g}."
    if waiting := sum(bool(r.by_hand) for r in results):
        students = "1 student" if waiting == 1 else f"{waiting} students"
        words += f" Answers of {students} are not graded yet; their points come on top."
    return Totals(most, step, bars, words)


def likenesses(
    submitted: Mapping[str, Iterable[Path]], course: Iterable[NotebookNode]
) -> tuple[list[Pair], str]:
    """Near-identical submissions, and a sentence where none can be named.

    submitted: each student's autograded notebooks, of which some may be missing.
    """
    if find_spec("copydetect") is None:
        return [], NO_LIBRARY
    notebooks = {
        student: [nbformat.read(path, as_version=4) for path in paths if path.exists()]
        for student, paths in submitted.items()
    }
    try:
        found = alike(notebooks, course)
    except Exception as error:  # whatever a student's text does to it, the report is written
        return [], f"Near-identical submissions couldn't be looked for: {error}."
    return found, "" if found else "No two submissions are nearly the same."


def page(
    title: str, results: Sequence[Result], alike: tuple[list[Pair], str], spent: Sequence[str]
) -> str:
    """The whole page, which runs and loads nothing.

    alike: what `likenesses` finds; spent: sentences on seconds and joules.
    """
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.filters |= {"points": lambda value: f"{round(value, 2):g}", "printable": printable}
    return environment.get_template("class_report.html.j2").render(
        title=title,
        results=sorted(results, key=lambda r: (r.total, r.student)),
        exercises=[exercise(name, results) for name in results[0].max_scores],
        totals=totals(results),
        flags=flagged(results),
        pairs=alike[0][:PAIRS],
        left_out=len(alike[0][PAIRS:]),
        none_alike=alike[1],
        forgeable=sorted({name for r in results for name in r.forgeable}),
        spent=spent,
    )
