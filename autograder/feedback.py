"""Keeps hidden tests out of the feedback that goes back to students."""

import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

ANSI = re.compile(r"\x1b\[[0-9;]*m")
SPEAKING = ("AssertionError", "NotYet")  # their message says it all


def told(output: NotebookNode) -> str:
    """What an error output says to its reader, without color and traceback."""
    message = ANSI.sub("", output.evalue).strip()
    return message if message and output.ename in SPEAKING else f"{output.ename}: {message}"


class HideTests(ClearHiddenTests):
    """Takes hidden tests out of a graded cell, and the code that a traceback quotes of them."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if self._remove_hidden_test_region(cell):
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    output.traceback = [told(output)]
        return cell, resources
