"""Grades submitted notebooks with nbgrader's autograde, each in a throwaway course of its own."""

import logging
import multiprocessing
import os
import re
import shutil
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import psutil
from nbformat import NotebookNode
from traitlets.config import Config
from traitlets.log import get_logger

from autograder import SOLUTIONS
from autograder.build import expand, generate, read_source, write
from autograder.feedback import ANSI, told
from autograder.intake import Unreadable, read
from autograder.nbgrader_config import configure

STUDENT = "student"  # in a course of one, so that no name can trouble nbgrader's paths


@dataclass(frozen=True)
class Result:
    """One submission's marks: points and failure message by exercise, or why there are none."""

    student: str
    scores: dict[str, float]
    max_scores: dict[str, float]
    failures: dict[str, str] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()
    error: str | None = None

    @property
    def total(self) -> float:
        """The sum of all points."""
        return sum(self.scores.values())


def grade_notebooks(
    lab: str,
    notebooks: Mapping[str, Path],
    *,
    solutions: Path = SOLUTIONS,
    jobs: int | None = None,
    keep: Path | None = None,
    progress: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Grade each student's notebook; results in the order given, the same for any `jobs`.

    `keep` is a folder for the graded notebooks and feedback; `progress` is called with each
    result as it comes. Raises BuildError if the lab's source is at fault.
    """
    source = expand(read_source(solutions / f"{lab}.py"))
    results: dict[str, Result] = {}
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        course = Path(scratch) / "course"
        generate(lab, source, course)
        workers = max(1, min(jobs or os.cpu_count() or 1, len(notebooks)))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            one = partial(grade_one, lab, course, keep)
            with deaf():  # a Ctrl-C is for this process, which then stops the others
                waiting = {pool.submit(one, name, path): name for name, path in notebooks.items()}
            try:
                for done in as_completed(waiting):
                    result = results[waiting[done]] = done.result()
                    if progress:
                        progress(result)
            except BaseException:
                with deaf():
                    stop(pool)
                raise
    return [results[name] for name in notebooks]


@contextmanager
def deaf() -> Iterator[None]:
    """Ignore Ctrl-C, as do the processes started meanwhile, for life."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets only the main thread choose, and Ctrl-C reaches no other
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def stop(pool: ProcessPoolExecutor) -> None:
    """Kill the pool's processes and all that they started."""
    for pid in list(pool._processes or ()):
        with suppress(psutil.NoSuchProcess):
            worker = psutil.Process(pid)
            for process in (*worker.children(recursive=True), worker):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
    pool.shutdown(cancel_futures=True)


def grade_one(lab: str, template: Path, keep: Path | None, student: str, path: Path) -> Result:
    """Grade one notebook in a copy of the template course; whatever happens, give a result."""
    source = nbformat.read(template / "build/source" / lab / f"{lab}.ipynb", as_version=4)
    max_scores = {
        cell.metadata.greenlab.name: float(cell.metadata.nbgrader.points)
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    blank = Result(student, dict.fromkeys(max_scores, 0.0), max_scores)
    # Below the template's folder, so that it goes with that even if this process is killed.
    with (
        TemporaryDirectory(dir=template.parent) as scratch,
        quiet_environment(Path(scratch)) as log,
    ):
        try:
            release = nbformat.read(template / "labs" / lab / f"{lab}.ipynb", as_version=4)
            notebook = read(path, source, release).notebook
            return autograde(lab, template, Path(scratch) / "course", notebook, keep, blank)
        except Unreadable as error:
            return replace(blank, error=str(error))
        except Exception as error:
            log.append(f"{type(error).__name__}: {error}")
            return replace(blank, error=explain("\n".join(log)))


def autograde(
    lab: str, template: Path, root: Path, notebook: NotebookNode, keep: Path | None, blank: Result
) -> Result:
    """Run nbgrader's autograde on one notebook in the course at `root`; its marks.

    Raises nbgrader's exceptions where the notebook can't be run to its end.
    """
    from nbgrader.converters import Autograde, GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    shutil.copytree(template, root)
    course = root / "build/course"
    write(notebook, course / "submitted" / STUDENT / lab / f"{lab}.ipynb")
    config = configure(Config(), root, course)
    directory = CourseDirectory(config=config, assignment_id=lab, student_id=STUDENT)
    Autograde(coursedir=directory, config=config).start()
    graded = nbformat.read(course / "autograded" / STUDENT / lab / f"{lab}.ipynb", as_version=4)
    if keep is not None:
        GenerateFeedback(coursedir=directory, config=config).start()
        for step, suffix in (("autograded", "ipynb"), ("feedback", "html")):
            target = keep / step / blank.student / f"{lab}.{suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(course / step / STUDENT / lab / target.name, target)
    return marks(lab, directory.db_url, graded, blank)


def marks(lab: str, db_url: str, graded: NotebookNode, blank: Result) -> Result:
    """The result that nbgrader's gradebook and the graded notebook hold."""
    from nbgrader.api import Gradebook

    with Gradebook(db_url) as gradebook:
        grades = {
            grade.name: (grade.auto_score, grade.needs_manual_grade)
            for grade in gradebook.find_submission_notebook(lab, lab, STUDENT).grades
        }
    scores, failures, by_hand = dict(blank.scores), {}, []
    for cell in graded.cells:
        if not cell.metadata.get("nbgrader", {}).get("grade"):
            continue
        name = cell.metadata.greenlab.name
        score, manual = grades[cell.metadata.nbgrader.grade_id]
        scores[name] = float(score or 0)
        if manual:
            by_hand.append(name)
        elif cell.cell_type == "markdown":
            failures[name] = "No response."
        elif message := next((failure(o) for o in cell.outputs if o.output_type == "error"), None):
            failures[name] = message
    return replace(blank, scores=scores, failures=failures, by_hand=tuple(by_hand))


def failure(output: NotebookNode) -> str:
    """What a failed test says; the line that failed where it says nothing."""
    if output.evalue.strip():
        return told(output)
    traceback = ANSI.sub("", "\n".join(output.traceback))
    if arrows := re.findall(r"^-+> *\d+ *(.*)$", traceback, re.MULTILINE):
        return f"{output.ename}: {arrows[0].strip()}"
    return (traceback.splitlines() or [output.ename])[-1]


def explain(log: str) -> str:
    """A sentence for a notebook that nbgrader could not run to its end."""
    if "DeadKernelError" in log:
        return (
            "The notebook stopped its own kernel (exit(), or out of memory): restart the kernel, "
            "run all cells, mend the one that stops it, and submit again."
        )
    reasons = re.findall(r"^\w[\w.]*(?:Error|Exception)\b.*", log, re.MULTILINE)
    return (
        f"The autograder could not run this notebook: {reasons[-1] if reasons else 'see its log'}"
    )


@contextmanager
def quiet_environment(home: Path) -> Iterator[list[str]]:
    """Collect nbgrader's log; kernels get no IPython profile of the grader's and one thread.

    In them `greenlab.setup` keeps to the CPU and the class's scale, whatever a student asks for.
    """
    log: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: log.append(record.getMessage())
    logger = get_logger()
    logger.addHandler(handler)
    before = dict(os.environ)
    os.environ |= {
        "IPYTHONDIR": str(home / "ipython"),
        "OMP_NUM_THREADS": "1",
        "GREENLAB_DEVICE": "cpu",
        "GREENLAB_SCALE": "class",
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's use of its database
            yield log
    finally:
        os.environ.clear()
        os.environ |= before
        logger.removeHandler(handler)
