"""A graded notebook, with the engine's verdicts in place of a kernel's outputs."""

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from autograder.assignment import is_explore, is_run, is_test, key
from autograder.inert import inert
from autograder.record import Graded

NOTE = "Output of the student's own run, not run again by the grader."


def dressed(nb: NotebookNode, graded: Graded) -> NotebookNode:
    """The notebook with the engine's verdicts in it: what each cell showed, why a test failed.

    Long experiments aren't run again; their outputs stay, marked as the student's own. What the
    instructor must know stands in a cell at the top.
    """
    verdicts = {verdict["id"]: verdict for verdict in graded.verdicts}
    for number, cell in enumerate(filter(is_run, nb.cells), 1):
        cell.execution_count = number
        cell.outputs = []
        for output in map(nbformat.from_dict, verdicts[key(cell)]["outputs"]):
            if output.output_type == "stream":
                output.name = "stdout"  # to nbgrader a line on stderr is a failed test
            if output.output_type == "execute_result":
                output.execution_count = number
            if kept := inert(output):
                cell.outputs.append(kept)
        if is_test(cell):
            ours = cell.metadata.setdefault("greenlab", nbformat.from_dict({}))
            ours["score"] = verdicts[key(cell)]["score"]
            if key(cell) in graded.forgeable:
                ours["forgeable"] = True
    for cell in filter(is_explore, nb.cells):
        cell.metadata.setdefault("greenlab", nbformat.from_dict({}))["student_output"] = True
        if cell.outputs and cell.outputs[0].get("data", {}).get("text/plain") != NOTE:
            plain = {"text/plain": NOTE, "text/markdown": f"*{NOTE}*"}
            kept = [kept for output in cell.outputs if (kept := inert(output))]
            cell.outputs = [new_output("display_data", plain), *kept]
    nb.metadata.greenlab = {"result": graded.mark, "isolation": graded.isolation}
    if graded.notes:
        text = "\n".join(["**From the autograder**", "", *(f"- {n}" for n in graded.notes)])
        nb.cells.insert(0, new_markdown_cell(text, id="autograder-notes"))
    return nb
