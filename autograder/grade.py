"""Grades notebooks from anywhere in a throwaway nbgrader course."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from traitlets.config import Config

from autograder import SOLUTIONS
from autograder.build import expand, generate, read_source
from autograder.course import Grading
from autograder.nbgrader_config import configure
from autograder.record import quiet
from autograder.result import Result


def grade_notebooks(
    lab: str,
    notebooks: Mapping[str, Path],
    *,
    solutions: Path = SOLUTIONS,
    keep: Path | None = None,
    progress: Callable[[Result], None] | None = None,
    **options,
) -> list[Result]:
    """Grade each student's notebook or folder; results in the order given.

    `keep` is a folder for the graded notebooks and feedback; `progress` is called with each
    result as it comes; `options` are those of `Grading.run`. Raises BuildError if the lab's source
    is at fault, UsageError, NoIsolation.
    """
    source = expand(read_source(solutions / f"{lab}.py"))
    results: dict[str, Result] = {}
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        course = Path(scratch) / "course"
        with quiet():
            generate(lab, source, course)
        config = configure(Config(), course, course / "build/course")
        # Students by number, so that no name can trouble nbgrader's paths.
        numbers = {f"s{number:05}": name for number, name in enumerate(notebooks)}
        for number, name in numbers.items():
            put(notebooks[name], course / "build/course/submitted" / number / lab, lab)
        for result in Grading(config, lab).run(**options):
            named = replace(result, student=numbers[result.student])
            results[named.student] = named
            if keep is not None:
                try:
                    keep_graded(config, lab, result.student, named.student, keep)
                except Exception as error:  # whatever it is, the class's run goes on
                    told = f"Its feedback couldn't be made: {type(error).__name__}: {error}"
                    named = replace(named, flags=(*named.flags, told))
                    results[named.student] = named
            if progress:
                progress(named)
    return [results[name] for name in notebooks]


def put(path: Path, folder: Path, lab: str) -> None:
    """Submit a notebook, whatever its name, or all that stands in a student's folder."""
    if path.is_dir():
        shutil.copytree(path, folder, symlinks=True)
    else:
        folder.mkdir(parents=True)
        shutil.copyfile(path, folder / f"{lab}.ipynb")


def keep_graded(config: Config, lab: str, number: str, student: str, keep: Path) -> None:
    """Copy one graded notebook and its feedback to `keep`."""
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=config)
    directory.assignment_id, directory.student_id = lab, number
    with quiet():
        GenerateFeedback(coursedir=directory, config=config).start()
    for step, suffix in (("autograded", "ipynb"), ("feedback", "html")):
        folder = Path(directory.format_path(getattr(directory, f"{step}_directory"), number, lab))
        target = keep / step / student / f"{lab}.{suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / target.name, target)
