"""Grades a folder or zip or a course, prints a table, writes the class's report."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from autograder import UsageError
from autograder.build import expand, read_source
from autograder.class_report import likenesses, page
from autograder.course import Grading
from autograder.grade import grade_notebooks
from autograder.inert import printable
from autograder.intake import find
from autograder.result import Result
from autograder.spent import metered

BY_HAND = "✎"
FORGEABLE = "these tests ran in the student's own process"
LINES = 3  # of a failure message, below the table


def grade_path(source: Path, path: Path, out: Path | None, **options) -> list[Result]:
    """Grade what is in `path`, print the table, keep the rest in `out`.

    `options` are those of `Grading.run`. Raises UsageError, NoIsolation.
    """
    lab, console = source.stem, Console()
    with TemporaryDirectory() as scratch:
        notebooks = find(path, lab, Path(scratch))
        if out is not None:
            make(out)
        with metered() as spent, watched(lab, len(notebooks), console) as progress:
            results = grade_notebooks(
                lab, notebooks, solutions=source.parent, keep=out, progress=progress, **options
            )
    show(results, lab, console)
    if out is not None:
        write_csv(results, out / "grades.csv")
        graded = {r.student: [out / "autograded" / r.student / f"{lab}.ipynb"] for r in results}
        alike = likenesses(graded, [expand(read_source(source))])
        told = spent.in_words(bool(options.get("scheduler")))
        (out / "report.html").write_text(page(lab, results, alike, told), encoding="utf-8")
        names = "Graded notebooks, feedback, grades.csv and the class's report.html"
        console.print(f"{names} are in {escape(str(out))}")
    return results


def grade_folder(grading: Grading, out: Path | None, **options) -> list[Result]:
    """Grade what students submitted to a course, print the table; grades.csv into `out`.

    The class's report goes there too, and into the course's reports/ when everybody was graded.

    `options` are those of `Grading.run`. Raises UsageError, NoIsolation.
    """
    console, results = Console(), {}
    title, students = grading.assignment, len(grading.students)
    with metered() as spent, watched(title, students, console) as progress:
        for result in grading.run(**options):
            results[result.student] = result
            progress(result)
    ordered = [results[student] for student in grading.students]
    show(ordered, grading.assignment, console)
    for reason in (told for book in grading.books.values() for told in book.broken.values()):
        console.print(f"in the student's process: {reason}", markup=False, highlight=False)
    if out is not None:
        make(out)
        write_csv(ordered, out / "grades.csv")
        console.print(f"grades.csv is in {escape(str(out))}")
    places = [out / "report.html"] if out is not None else []
    if grading.students == grading.submitted():  # else it isn't the class
        places.append(course_root(grading) / "reports" / f"{title}.html")
    if places:
        autograded = {student: autograded_notebooks(grading, student) for student in results}
        alike = likenesses(autograded, [book.source for book in grading.books.values()])
        told = spent.in_words(bool(options.get("scheduler")))
        text = page(title, ordered, alike, told)
    for place in places:
        make(place.parent)
        place.write_text(text, encoding="utf-8")
        console.print(f"The class at a glance: {escape(str(place))}", soft_wrap=True)
    return ordered


def course_root(grading: Grading) -> Path:
    """The folder with a course's submitted/, autograded/ and, unless configured away, gradebook."""
    directory = grading.directory
    return Path(directory.format_path(directory.autograded_directory, "x", "y")).parents[1].parent


def autograded_notebooks(grading: Grading, student: str) -> list[Path]:
    """Where a student's graded notebooks are, if they are."""
    directory = grading.directory
    step, assignment = directory.autograded_directory, grading.assignment
    folder = Path(directory.format_path(step, student, assignment))
    return [folder / f"{name}.ipynb" for name in grading.books]


class Rate(ProgressColumn):
    """How many students are graded in a minute, as of late."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{60 * speed:,.0f} a minute", "progress.data.speed")


@contextmanager
def watched(title: str, total: int, console: Console) -> Iterator[Callable[[Result], None]]:
    """A progress bar; call what it gives with each result."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"Grading {title}", total=total)
        yield lambda result: bar.advance(task)


def make(folder: Path) -> None:
    """Make the folder that will hold what is kept. Raises UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"Can't write to a folder {folder} ({error.strerror}).") from error


def show(results: list[Result], lab: str, console: Console) -> None:
    """Print the table, and below it what failed."""
    table = Table(title=lab, title_justify="left")
    table.add_column("student", no_wrap=True)
    exercises = results[0].max_scores
    for number, name in enumerate(exercises, 1):  # by number: eleven names fill no terminal
        table.add_column(f"{number}\n/{exercises[name]:g}", justify="right")
    table.add_column(f"total\n/{sum(exercises.values()):g}", justify="right")
    for result in results:
        points = [BY_HAND if e in result.by_hand else f"{result.scores[e]:g}" for e in exercises]
        table.add_row(escape(printable(result.student)), *points, f"{result.total:g}")
    console.print(table)
    legend = ", ".join(f"{number} {name}" for number, name in enumerate(exercises, 1))
    console.print(f"{legend}. {BY_HAND} is to be graded by hand.\n", highlight=False)
    common = set.intersection(*(set(r.flags) for r in results)) if len(results) > 1 else set()
    for flag in sorted(common):
        console.print(printable(f"everybody ⚑ {flag}"), markup=False, highlight=False)
    for result in results:
        told = {"": result.error} if result.error else result.failures
        for exercise, message in told.items():
            first = "\n    ".join(printable(message).splitlines()[:LINES])
            who = printable(", ".join(filter(None, [result.student, exercise])))
            console.print(f"{who}: {first}", markup=False, highlight=False, soft_wrap=True)
        for flag in (f for f in result.flags if f not in common):
            console.print(printable(f"{result.student} ⚑ {flag}"), markup=False, highlight=False)
    if forgeable := sorted({name for result in results for name in result.forgeable}):
        console.print(f"\nForgeable, as {FORGEABLE}: {', '.join(forgeable)}", highlight=False)


def write_csv(results: list[Result], path: Path) -> None:
    """One row a student: points by exercise, the total, and what there is to say."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exercises = list(results[0].max_scores)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        ends = ["total", "by hand", "failures", "flags", "forgeable"]
        writer.writerow(["student", *exercises, *ends])
        for result in results:
            points = ["" if e in result.by_hand else result.scores[e] for e in exercises]
            told = result.error or printable(
                "; ".join(f"{e}: {m}" for e, m in result.failures.items())
            )
            row = [result.student, *points, result.total, " ".join(result.by_hand), told]
            row += ["; ".join(result.flags), " ".join(result.forgeable)]
            writer.writerow([f"'{x}" if str(x)[:1] in tuple("=+@-") else x for x in row])
