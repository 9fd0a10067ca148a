"""nbgrader's settings for this course.

On the command line, in this folder, `nbgrader COMMAND` finds it; from elsewhere, name it without
its ending: `nbgrader COMMAND --JupyterApp.config_file=autograder/nbgrader_config`. In code, call
`configure`.

Sources and labs stay in this repository. Submissions, grades and feedback go to `course`,
or to the folder that the environment variable GREENLAB_COURSE names; `make clean` leaves them.
"""

import os
import sys
from pathlib import Path

from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

COURSE_ID = "greenai"
KERNEL_ARGUMENTS = ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=ERROR"]
TEXT_STUB = "*Your answer here.*"


class NamedStubs(ClearSolutions):
    """Clears solutions; the stub names the exercise."""

    def preprocess_cell(self, cell, resources, cell_index):
        name = cell.metadata.get("greenlab", {}).get("name", "this exercise")
        stub = f'# YOUR CODE HERE\nraise NotImplementedError("Replace this line: write {name}")'
        self.code_stub = {"python": stub}
        return super().preprocess_cell(cell, resources, cell_index)


def configure(c: Config, root: Path | str, course: Path | str | None = None) -> Config:
    """Set up `c` for the repository at `root`, with submissions and grades under `course`."""
    from nbgrader.converters import GenerateAssignment

    from autograder.late import LatePolicy

    root = Path(root).resolve()
    course = Path(course or os.environ.get("GREENLAB_COURSE") or root / "course").resolve()
    course.mkdir(parents=True, exist_ok=True)  # the database can't make its own folder

    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.source_directory = str(root / "build/source")
    c.CourseDirectory.release_directory = str(root / "labs")
    for step in ("submitted", "autograded", "feedback"):
        c.CourseDirectory[f"{step}_directory"] = str(course / step)
    c.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"

    c.GenerateAssignment.preprocessors = swapped(
        c, GenerateAssignment, "preprocessors", {ClearSolutions: NamedStubs}
    )
    use_engine(c)
    c.ClearSolutions.text_stub = TEXT_STUB
    c.AssignLatePenalties.plugin_class = LatePolicy
    c.ExportPlugin.to = str(course / "grades.csv")
    return c


def use_engine(c: Config) -> None:
    """Grade by the engine: it runs a submission's cells and tests, nbgrader does all the rest."""
    from nbgrader.converters import GenerateFeedback
    from nbgrader.preprocessors import GetGrades

    from autograder.feedback import TEMPLATES, FeedbackPage, GetMarks, HideTests

    # nbgrader starts `alembic` by name to make a gradebook: it stands beside this Python
    here = str(Path(sys.executable).parent)
    if here not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = here + os.pathsep + os.environ["PATH"]

    if "nbgrader.apps" in sys.modules:  # this is nbgrader's own process, or formgrader's
        from autograder.autograde import install

        install()
    feedback = swapped(c, GenerateFeedback, "preprocessors", {GetGrades: GetMarks})
    c.GenerateFeedback.preprocessors = [HideTests, *feedback]
    if "template_name" not in c.HTMLExporter:  # a course may have a page of its own
        c.GenerateFeedback.exporter_class = FeedbackPage
        c.FeedbackPage.template_name = "feedback"
        c.FeedbackPage.extra_template_basedirs = [str(TEMPLATES)]


def swapped(c: Config, converter: type, trait: str, changes: dict) -> list:
    """A converter's preprocessors, as configured or nbgrader's own, with ours in place of some."""
    listed = c[converter.__name__].get(trait)
    listed = listed if isinstance(listed, list) else converter.class_traits()[trait].default()
    return [changes.get(p, p) for p in listed]


def settings(course: Path | None = None, db: str | None = None) -> Config:
    """The configuration of a course folder, ours without one; graded by the engine.

    A folder's own nbgrader_config.py is read; `db` is a database URL in place of its gradebook.
    Raises UsageError.
    """
    from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

    from autograder import ROOT, SOLUTIONS, UsageError

    ours = Path(os.environ.get("GREENLAB_COURSE") or ROOT / "course").resolve()
    if course is None and not SOLUTIONS.is_dir():
        raise UsageError("Say which course: --course DIR, the folder with source/ in it.")
    if course is None or course.resolve() == ours:
        c = configure(Config(), ROOT)
    elif not course.is_dir():
        raise UsageError(f"No folder {course}: give a course's, the one with source/ in it.")
    else:
        try:
            c = PyFileConfigLoader("nbgrader_config.py", str(course)).load_config()
        except ConfigFileNotFound:
            c = Config()
        except Exception as error:  # it is Python, so anything
            raise UsageError(f"{course}/nbgrader_config.py fails: {error}") from error
        c.CourseDirectory.root = str(course.resolve())
        use_engine(c)
    if db:
        c.CourseDirectory.db_url = db
    return c


if "get_config" in globals():  # nbgrader loads this file as its configuration
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from autograder import ROOT, nbgrader_config
    from autograder.build import write_sources

    write_sources()
    nbgrader_config.configure(get_config(), ROOT)  # noqa: F821
