"""Keeps hidden tests out of the feedback that goes back to students."""

import builtins
import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

ANSI = re.compile(r"\x1b\[[0-9;]*m")
OWN = re.compile(r" \(line \d+ of the student's cell\)$")  # how the judge tells whose error it is
SPEAKING = ("AssertionError", "NotYet")  # their message says it all


def told(output: NotebookNode) -> str:
    """What an error output says to its reader, without color and traceback."""
    message = ANSI.sub("", output.evalue).strip()
    return message if message and output.ename in SPEAKING else f"{output.ename}: {message}"


class HideTests(ClearHiddenTests):
    """Takes hidden tests out of a graded cell, and what its outputs could tell of them.

    The student's code, called by a hidden test, can print its arguments or raise them: what it
    prints there goes, and of its own errors' messages all but those that stand in its source.
    """

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        self.written = "\n".join(cell.source for cell in nb.cells)
        return super().preprocess(nb, resources)

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if self._remove_hidden_test_region(cell):
            cell.outputs = [o for o in cell.get("outputs", []) if o.output_type != "stream"]
            for output in cell.outputs:
                if output.output_type == "error":
                    output.evalue = self.without_arguments(output.evalue)
                    if not (hasattr(builtins, output.ename) or output.ename in self.written):
                        output.ename = "Error"  # a class can be named by arguments, too
                    output.traceback = [told(output)]
        return cell, resources

    def without_arguments(self, message: str) -> str:
        """The message of an error; of one of the student's code no more than its source has."""
        if (match := OWN.search(message)) is None or message[: match.start()] in self.written:
            return message
        return f"(its message could tell of a hidden test){match[0]}"
