"""Each lab can be done on its checkpoints by a student stuck on every exercise; figures have words.

With less training than in class.
"""

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder import ROOT
from autograder.nbgrader_config import KERNEL_ARGUMENTS
from tests.quick import EPOCHS, SEEDS, shorten

LABS = sorted((ROOT / "labs").glob("*/*.ipynb"))
WORDS = "In words: "  # how greenlab.plots.show begins what a figure says


def use_checkpoints(notebook: NotebookNode) -> None:
    """Take the comment sign from the last line of each checkpoint, as its cell tells to do."""
    for cell in notebook.cells:
        if cell.metadata.get("greenlab", {}).get("role") == "checkpoint":
            *comments, last = cell.source.split("\n")
            cell.source = "\n".join([*comments, last.removeprefix("# ")])


def run(notebook: NotebookNode, folder) -> None:
    """Run all cells, go on after errors."""
    NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        extra_arguments=KERNEL_ARGUMENTS,
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def wordless(cell: NotebookNode) -> bool:
    """Whether the cell shows more pictures than it has messages in words."""
    outputs = cell.get("outputs", [])
    pictures = sum("image/png" in output.get("data", {}) for output in outputs)
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    return pictures > printed.count(WORDS)


@pytest.mark.slow
@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_untouched_lab_runs_on_its_checkpoints_and_says_its_figures(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    use_checkpoints(notebook)
    shorten(notebook, EPOCHS, SEEDS)
    run(notebook, tmp_path)
    for cell in notebook.cells:
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        if cell.metadata.get("nbgrader", {}).get("grade"):
            assert cell.cell_type == "markdown" or errors, f"{cell.id} passed on a checkpoint"
        else:
            assert not errors, f"{cell.id}: {errors[0].ename}: {errors[0].evalue}"
    silent = [cell.id for cell in notebook.cells if wordless(cell)]
    assert silent == [], "a figure without words: draw it by greenlab.plots.show"
    drawn = str([cell.get("outputs") for cell in notebook.cells])
    assert "image/png" in drawn


def test_a_figure_without_words_is_seen(tmp_path):
    code = (
        "import matplotlib.pyplot as plt\nfrom greenlab import plots\n"
        "fig, ax = plt.subplots()\nax.plot([0, 1])\n"
    )
    ends = ["plots.show(fig, 'a line rises')", "plt.show()", "plots.show(fig, 'one'); display(fig)"]
    cells = [nbformat.v4.new_code_cell(code + end) for end in ends]
    notebook = nbformat.v4.new_notebook(cells=cells)
    run(notebook, tmp_path)
    assert [wordless(cell) for cell in cells] == [False, True, True]
