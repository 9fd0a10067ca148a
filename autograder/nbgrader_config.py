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
    from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
    from nbgrader.preprocessors import ClearOutput, Execute

    from autograder.execute import ExecuteGraded, KeepExploreOutputs
    from autograder.feedback import HideTests
    from autograder.late import LatePolicy

    # nbgrader starts `alembic` by name to make a gradebook: it stands beside this Python
    here = str(Path(sys.executable).parent)
    if here not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = here + os.pathsep + os.environ["PATH"]

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

    def swapped(converter: type, trait: str, changes: dict | None = None) -> list:
        """nbgrader's own list of preprocessors, with ours in place of some."""
        return [(changes or {}).get(p, p) for p in converter.class_traits()[trait].default()]

    c.GenerateAssignment.preprocessors = swapped(
        GenerateAssignment, "preprocessors", {ClearSolutions: NamedStubs}
    )
    c.Autograde.sanitize_preprocessors = swapped(
        Autograde, "sanitize_preprocessors", {ClearOutput: KeepExploreOutputs}
    )
    c.Autograde.autograde_preprocessors = swapped(
        Autograde, "autograde_preprocessors", {Execute: ExecuteGraded}
    )
    c.GenerateFeedback.preprocessors = [HideTests, *swapped(GenerateFeedback, "preprocessors")]
    c.ClearSolutions.text_stub = TEXT_STUB
    c.Execute.timeout = 120
    c.Execute.iopub_timeout = 30  # a busy machine is no failure
    c.Execute.extra_arguments = KERNEL_ARGUMENTS
    c.AssignLatePenalties.plugin_class = LatePolicy
    c.ExportPlugin.to = str(course / "grades.csv")
    return c


if "get_config" in globals():  # nbgrader loads this file as its configuration
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from autograder import ROOT, nbgrader_config
    from autograder.build import write_sources

    write_sources()
    nbgrader_config.configure(get_config(), ROOT)  # noqa: F821
