"""A graded notebook, with the engine's verdicts in place of a kernel's outputs."""

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Float, Integer

from autograder.assignment import is_explore, is_run, is_test, key
from autograder.engine.pool import Rules
from autograder.inert import inert
from autograder.record import Graded
from autograder.work import grade_now

NOTE = "Output of the student's own run, not run again by the grader."


class KeepExploreOutputs(ClearOutput):
    """Clears outputs as nbgrader does, except those of long experiments, which stay inert."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if not is_explore(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        cell.outputs = [kept for output in cell.outputs if (kept := inert(output))]
        return cell, resources


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


class ExecuteInBox(NbGraderPreprocessor):
    """The engine in place of nbgrader's own execution, for `nbgrader autograde` and formgrader."""

    seconds = Float(60, help="CPU seconds that a cell may take").tag(config=True)
    memory = Integer(2048, help="MB of memory that a submission may use").tag(config=True)
    isolate = Bool(True, help="False: no sandbox; grade only code that you would run").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        coursedir = self.parent.parent.coursedir  # the exporter's converter's
        limits = (("cpu", self.seconds), ("wall", 10 * self.seconds))
        limits += (("memory", self.memory * 2**20),)
        rules = Rules(self.isolate, (), limits)
        return dressed(nb, grade_now(coursedir, nb, resources, rules)), resources


class SaveScores(SaveAutoGrades):
    """Saves the judge's score of a test, whatever its outputs look like; manual marks stay."""

    def _add_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        if not is_test(cell):
            return super()._add_score(cell, resources)
        names = (self.notebook_id, self.assignment_id, self.student_id)
        grade = self.gradebook.find_grade(key(cell), *names)
        grade.auto_score = cell.metadata["greenlab"]["score"]
        grade.needs_manual_grade = grade.manual_score is not None
        self.gradebook.db.commit()
