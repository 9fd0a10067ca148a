"""nbgrader's execution, made for labs: long experiments aren't run again, stderr is no failure."""

from bleach import clean
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearOutput, Execute

NOTE = "Output of the student's own run, not run again by the grader."
SAFE = ("text/plain", "text/latex", "image/png", "image/jpeg")
TEXT_TAGS = {"b", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li", "ol", "p"}
TEXT_TAGS |= {"pre", "span", "strong", "sub", "sup", "ul"}
TAGS = TEXT_TAGS | {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
ATTRIBUTES = {"*": ["style", "title", "colspan", "rowspan", "scope"]}


def is_explore(cell: NotebookNode) -> bool:
    """Whether a cell is a long experiment: by the locked id that nbgrader has checked.

    What the student's notebook says elsewhere doesn't count, and a graded or solution cell never
    is one.
    """
    meta = cell.metadata.get("nbgrader", {})
    return (
        cell.cell_type == "code"
        and str(meta.get("grade_id", "")).startswith("explore_")
        and meta.get("locked") is True
        and not (meta.get("grade") or meta.get("solution") or meta.get("task"))
    )


def inert(output: NotebookNode) -> NotebookNode | None:
    """The output with nothing that could run in a reader's browser; None if nothing is left."""
    if output.output_type in ("stream", "error"):
        return output
    data = {kind: value for kind, value in output.data.items() if kind in SAFE}
    for kind in ("text/html", "text/markdown"):
        if kind in output.data:
            text = "".join(output.data[kind])
            data[kind] = clean(text, TAGS, ATTRIBUTES, css_sanitizer=CSSSanitizer(), strip=True)
    return new_output("display_data", data) if data else None


class KeepExploreOutputs(ClearOutput):
    """Clears outputs as nbgrader does, except those of long experiments, which stay inert."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if not is_explore(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        cell.outputs = [kept for output in cell.outputs if (kept := inert(output))]
        return cell, resources


class ExecuteGraded(Execute):
    """Runs a submission's cells except its long experiments, whose outputs it marks as theirs."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        cell.metadata.pop("tags", None)  # nbclient would skip a test cell that a tag tells it to
        if not is_explore(cell):
            cell, resources = super().preprocess_cell(cell, resources, index)
            if cell.cell_type == "code":
                for output in cell.outputs:
                    if output.output_type == "stream":
                        output.name = "stdout"  # to nbgrader a line on stderr is a failed test
            return cell, resources
        cell.metadata.setdefault("greenlab", {})["student_output"] = True
        note = new_output("display_data", {"text/plain": NOTE, "text/markdown": f"*{NOTE}*"})
        cell.outputs = [note, *cell.outputs] if cell.outputs else []
        return cell, resources
