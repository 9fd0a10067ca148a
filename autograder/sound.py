"""Makes a valid notebook of a JSON value, whatever form it has."""

import json
import re
from collections.abc import Iterable
from typing import Any

import nbformat
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbformat.v4.rwbase import rejoin_lines

MAX_CELLS = 5000
MAX_OUTPUTS = 20_000
MAX_DEPTH = 50  # of lists and mappings in each other: writing JSON takes a stack frame for each
AGAIN = "download it again from Jupyter or Colab as .ipynb and submit that file"
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
MAKERS = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class Unreadable(Exception):
    """A submission that can't be graded; the message tells the student what to do."""


def as_notebook(content: Any) -> tuple[NotebookNode, list[str]]:
    """A valid notebook with all of this JSON value that one can hold, and what was amiss.

    Raises Unreadable.
    """
    # A \ud800 alone is JSON, but no text that could be written to a file.
    content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    flags = []
    if isinstance(content, dict) and isinstance(content.get("worksheets"), list):
        content = upgraded(content)
        flags.append("The notebook was in a format from before 2015 and is upgraded.")
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise Unreadable(f"The file isn't a Jupyter notebook: {AGAIN}.")
    cells = [cell for cell in content["cells"] if isinstance(cell, dict)]
    lists = [cell["outputs"] for cell in cells if isinstance(cell.get("outputs"), list)]
    if len(content["cells"]) > MAX_CELLS or sum(map(len, lists)) > MAX_OUTPUTS:
        raise Unreadable(
            f"The notebook has over {MAX_CELLS} cells or {MAX_OUTPUTS} outputs: delete cells that "
            "aren't needed, clear the outputs, save, and submit it again."
        )
    settle_ids(cells)
    mended = [from_dict(cell if is_cell(cell) else repaired(cell)) for cell in cells]
    if mended != content["cells"]:
        flags.append("Damaged parts of cells were left out.")
    notebook = rejoin_lines(new_notebook(cells=mended))
    metadata = content.get("metadata")
    if shallow(metadata) and valid(metadata=metadata):
        notebook.metadata = from_dict(metadata)
    return notebook, flags


def upgraded(content: dict) -> dict:
    """A notebook of nbformat 2 or 3 in nbformat 4. Raises Unreadable."""
    major = 2 if content.get("nbformat") == 2 else 3
    old = {"metadata": {}, **content, "nbformat": major, "nbformat_minor": 0}
    try:
        new = nbformat.reads(json.dumps(old), as_version=4)
    except Exception as error:  # fails in many ways
        raise Unreadable(
            f"The notebook is in an old, damaged format (nbformat {major}): open it in Jupyter, "
            "save it, and submit it again."
        ) from error
    for cell in new.cells:
        del cell["id"]  # a random one
    return new


def settle_ids(cells: Iterable[dict]) -> None:
    """Give each cell an id of its own; a valid one stays with the first that has it."""
    cells, taken = list(cells), set()
    wanted = {cell["id"] for cell in cells if is_id(cell.get("id"))}
    for number, cell in enumerate(cells, 1):
        if not is_id(cell.get("id")) or cell["id"] in taken:
            fresh = f"cell-{number}"
            while fresh in wanted or fresh in taken:
                fresh += "-again"
            cell["id"] = fresh
        taken.add(cell["id"])


def is_id(value: Any) -> bool:
    """Whether nbformat takes this for a cell's id."""
    return isinstance(value, str) and CELL_ID.fullmatch(value) is not None


def shallow(value: Any, levels: int = MAX_DEPTH) -> bool:
    """Whether no more than so many lists and mappings stand in each other."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(shallow(item, levels - 1) for item in inner)


def valid(**parts: Any) -> bool:
    """Whether nbformat's schema takes a notebook with these parts."""
    try:
        nbformat.validate({**new_notebook(), **parts})  # a part alone it checks far slower
    except nbformat.ValidationError:
        return False
    return True


def is_cell(value: dict) -> bool:
    """Whether this is a cell that a notebook can hold."""
    return value.get("cell_type") in tuple(MAKERS) and shallow(value) and valid(cells=[value])


def is_output(value: Any) -> bool:
    """Whether this is an output that a notebook can hold."""
    return shallow(value) and valid(cells=[{**new_code_cell(id="cell"), "outputs": [value]}])


def repaired(cell: dict) -> NotebookNode:
    """The parts of a damaged cell that are sound: always its text and nbgrader's metadata."""
    kind = cell.get("cell_type")
    if kind not in tuple(MAKERS):
        kind = "code" if "outputs" in cell else "markdown"
    lines = cell.get("source")
    lines = lines if isinstance(lines, list) else [lines]
    new = MAKERS[kind](source="".join(x for x in lines if isinstance(x, str)), id=cell["id"])
    metadata, outputs = cell.get("metadata"), cell.get("outputs")
    if isinstance(metadata, dict) and "nbgrader" in metadata and shallow(metadata["nbgrader"]):
        new.metadata.nbgrader = metadata["nbgrader"]
    if kind == "code" and isinstance(outputs, list):
        new.outputs = [o for o in outputs if is_output(o)]
    return new
