"""The page that goes back to students: points and messages, nothing of hidden tests, no scripts."""

import builtins
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, GetGrades
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import default

from autograder.assignment import is_explore, is_graded, is_test, key
from autograder.inert import printable
from autograder.prose import cleaned, formula, prose

TEMPLATES = Path(__file__).parent / "templates"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
OWN = re.compile(r" \(line \d+ of the student's cell\)$")  # how the judge tells whose error it is
SPEAKING = ("AssertionError", "NotYet")  # their message says it all
KEPT_BACK = "(its message could tell of a hidden test)"
NOTES = "autograder-notes"  # the cell that is for the instructor
IN_WORDS = "In words: "  # how the labs' figures begin what they say


def told(output: NotebookNode) -> str:
    """What an error output says to its reader, without color and traceback."""
    message = ANSI.sub("", output.evalue).strip()
    return message if message and output.ename in SPEAKING else f"{output.ename}: {message}"


class HideTests(ClearHiddenTests):
    """Takes hidden tests out of a graded notebook, and what its outputs could tell of them.

    The student's code, called by a hidden test, can print its arguments or raise them, there or in
    a later cell: from the first hidden test on, what cells print goes, and of the student's own
    errors' messages all but those that stand in their source. The student's own outputs of long
    experiments stay. What is for the instructor goes.
    """

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        nb.cells = [cell for cell in nb.cells if cell.get("id") != NOTES]
        self.written = "\n".join(cell.source for cell in nb.cells)
        self.knowing = False  # whether the student's code may know a hidden test's arguments
        return super().preprocess(nb, resources)

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        self.knowing |= self._remove_hidden_test_region(cell)
        if self.knowing and cell.cell_type == "code" and not is_explore(cell):
            cell.outputs = [o for o in cell.get("outputs", []) if o.output_type == "error"]
            for output in cell.outputs:
                output.evalue = self.without_arguments(output.evalue, is_test(cell))
                known = output.ename in SPEAKING or hasattr(builtins, output.ename)
                if not (known or output.ename in self.written):
                    output.ename = "Error"  # a class can be named by arguments, too
                output.traceback = [told(output)]
        return cell, resources

    def without_arguments(self, message: str, by_test: bool) -> str:
        """The message of an error; of one of the student's code no more than its source has."""
        match = OWN.search(message)
        own = message[: match.start()] if match else message
        if (match is None and by_test) or own in self.written:
            return message
        return KEPT_BACK + (match[0] if match else "")


@dataclass
class Row:
    """One graded cell as the page's table has it."""

    name: str
    anchor: str
    points: float
    most: float
    waits: bool = False  # for a person who has still to grade it
    again: bool = False  # a person graded it, and will look at it again
    messages: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


class GetMarks(GetGrades):
    """nbgrader's marks and comments, what waits for a person, and all of it as rows of a table."""

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        nb, resources = super().preprocess(nb, resources)
        resources["nbgrader"]["rows"] = rows(nb)
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        super()._get_score(cell, resources)
        names = (self.notebook_id, self.assignment_id, self.student_id)
        grade = self.gradebook.find_grade(key(cell), *names)
        there = grade.manual_score is not None or grade.auto_score is not None
        meta = cell.metadata.nbgrader
        meta["waits"] = grade.needs_manual_grade and not there
        meta["again"] = grade.needs_manual_grade and there


def rows(nb: NotebookNode) -> list[Row]:
    """A row for each graded cell; comments on an answer stand with the points of its exercise."""
    made, comments = [], {}
    for cell in nb.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("comment"):
            comments.setdefault(name_of(cell), []).append(meta.comment)
        if is_graded(cell):
            row = Row(name_of(cell), key(cell), meta.score, meta.points, meta.waits, meta.again)
            if is_test(cell):
                row.messages = [told(o) for o in cell.outputs if o.output_type == "error"]
            made.append(row)
    for row in made:
        row.comments = comments.pop(row.name, [])
    return made


def name_of(cell: NotebookNode) -> str:
    """What a cell's exercise is called: by the lab, else by its grade id."""
    return cell.metadata.get("greenlab", {}).get("name") or key(cell)


class FeedbackPage(TemplateExporter):
    """One HTML file: marks first, then the notebook. It runs nothing and loads nothing."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def default_filters(self):
        yield from super().default_filters()
        yield from {
            "prose": prose,
            "cleaned": cleaned,
            "formula": lambda text: Markup(formula(text.strip().strip("$"))),
            "points": lambda value: f"{round(float(value), 2):g}",
            "readable": lambda text: printable(ANSI.sub("", text)),
            "told": told,
            "name_of": name_of,
            "colored": colored,
            "graded": is_graded,
            "is_test": is_test,
            "in_words": in_words,
        }.items()

    def _init_resources(self, resources: dict) -> dict:
        resources = super()._init_resources(resources)
        resources["highlight"] = Markup(HtmlFormatter(style="default").get_style_defs(".highlight"))
        return resources


@lru_cache(maxsize=1024)  # a class's pages repeat the lab's
def colored(code: str) -> Markup:
    """Python as HTML, its parts named for the style sheet."""
    return Markup(highlight(code, PythonLexer(), HtmlFormatter()))


def in_words(outputs: list[NotebookNode]) -> str:
    """What a cell's figure shows, where the cell says it, as labs' cells do below each figure."""
    texts = (o.text for o in outputs if o.output_type == "stream")
    said = (text.partition(IN_WORDS)[2] for text in texts)
    return " ".join(next(filter(None, said), "A figure; the text around it says more.").split())
