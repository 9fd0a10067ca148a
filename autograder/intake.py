"""Finds the submitted notebooks in a folder or zip, and reads each so that it can be graded."""

import json
import re
import stat
import warnings
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

import nbformat
from nbformat import NotebookNode
from nbformat.validator import normalize

from autograder import UsageError
from autograder.nbgrader_config import TEXT_STUB

MAX_BYTES = 50 * 2**20
SKIPPED = ("__MACOSX", "__pycache__")
AGAIN = "download it again from Jupyter or Colab as .ipynb and submit that file"


class Unreadable(Exception):
    """A submission that can't be graded; the message tells the student what to do."""


def unzip(archive: Path, folder: Path) -> None:
    """Take the notebooks out of a zip, never outside `folder`. Raises UsageError."""
    try:
        with ZipFile(archive) as members:
            for member in members.infolist():
                parts = PurePosixPath(member.filename.replace("\\", "/")).parts
                link = stat.S_ISLNK(member.external_attr >> 16)
                outside = ".." in parts or parts[:1] == ("/",) or ":" in member.filename
                if member.is_dir() or link or outside or not member.filename.endswith(".ipynb"):
                    continue
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with members.open(member) as data:
                    target.write_bytes(data.read(MAX_BYTES + 1))
    except (BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"Can't open {archive} as a zip ({error}): make it anew.") from error


def find(path: Path, lab: str, scratch: Path) -> dict[str, Path]:
    """Each student's notebook in a folder or zip; a student's folder itself where none is clear.

    Students are named by their file, or by their folder where there is one. Raises UsageError.
    """
    if not path.exists():
        raise UsageError(f"No {path}: give the folder or zip with the submitted notebooks.")
    root = path
    if path.is_file():
        if path.suffix == ".ipynb":
            return {path.stem: path}
        unzip(path, root := scratch)
    while (inner := only_wrapper(root, lab)) is not None:
        root = inner
    found = {}
    for entry in entries(root):
        if entry.is_dir():
            notebooks = [file for file in sorted(entry.rglob("*.ipynb")) if visible(file, entry)]
            found[entry.name] = pick(notebooks, lab) or entry
        elif entry.suffix == ".ipynb":
            found[entry.stem] = entry
    if not any(file.is_file() for file in found.values()):
        raise UsageError(
            f"No notebook in {path}: it should hold alice.ipynb or alice/{lab}.ipynb "
            "for each student."
        )
    return found


def visible(path: Path, root: Path) -> bool:
    """Whether no part of the path below `root` is hidden or a system's own."""
    parts = path.relative_to(root).parts
    return not any(part.startswith(".") or part in SKIPPED for part in parts)


def entries(root: Path) -> list[Path]:
    """What is visible in a folder, in order of name."""
    return [entry for entry in sorted(root.iterdir()) if visible(entry, root)]


def copy_number(notebook: Path, lab: str) -> int | None:
    """0 for the lab's own file name, n for a browser's `lab (n).ipynb`, None for another name."""
    match = re.fullmatch(re.escape(lab) + r"(?:[ _-]*\(?(\d+|copy|Copy\d+)\)?)?", notebook.stem)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match[1] or "")
    return int(digits) if digits else int(match[1] is not None)


def pick(notebooks: list[Path], lab: str) -> Path | None:
    """The one to grade: the latest download under the lab's name, or the only one there is."""
    named = [file for file in notebooks if copy_number(file, lab) is not None]
    if named:
        return max(named, key=lambda file: copy_number(file, lab))
    return notebooks[0] if len(notebooks) == 1 else None


def only_wrapper(root: Path, lab: str) -> Path | None:
    """The single folder in `root` that isn't a student's own but holds all of theirs."""
    inside = entries(root)
    if len(inside) != 1 or not inside[0].is_dir() or inside[0].name == lab:
        return None
    children = entries(inside[0])
    own = any(c.name == lab or copy_number(c, lab) is not None for c in children)
    return None if own or not children else inside[0]


def read(path: Path, source: NotebookNode) -> NotebookNode:
    """A submission, made whole again for grading. Raises Unreadable."""
    if path.is_dir():
        raise Unreadable("No notebook of this lab in the folder: submit one .ipynb file.")
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise Unreadable("The file is over 50 MB: clear the outputs, save, and submit it again.")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"The file is broken, not valid JSON{line}: {AGAIN}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise Unreadable(f"The file isn't a Jupyter notebook: {AGAIN}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(json.dumps(content), as_version=4)
            notebook.nbformat_minor = 5
            for index, cell in enumerate(notebook.cells):
                cell.setdefault("id", f"cell-{index}")
            _, notebook = normalize(notebook)  # cell ids that stand twice
        nbformat.validate(notebook)
    except Exception as error:  # an old or foreign format fails in many ways
        raise Unreadable(f"The notebook's cells are damaged: {AGAIN}.") from error
    mend(notebook, source)
    return notebook


def mend(notebook: NotebookNode, source: NotebookNode) -> None:
    """Give the lab's named cells back their metadata, and put back graded and locked ones gone.

    A cell is known by its nbgrader id or, where an editor dropped that, by its cell id.
    """
    known = {c.metadata.nbgrader.grade_id: c for c in source.cells if "nbgrader" in c.metadata}
    places: dict[str, NotebookNode] = {}
    notebook.metadata = nbformat.from_dict(source.metadata)
    for cell in notebook.cells:
        theirs = cell.metadata.pop("nbgrader", None)
        name = str(theirs.get("grade_id")) if isinstance(theirs, dict) else None
        name = name if name in known else cell.id
        cell.metadata.pop("greenlab", None)
        if name in places:  # a copy: the last one counts, the other is run as a plain cell
            places[name].metadata = nbformat.from_dict({})
        if name in known:
            cell.metadata.update(nbformat.from_dict(known[name].metadata))
            places[name] = cell
    graded = [name for name, cell in known.items() if cell.metadata.nbgrader.grade]
    if not any(name in places for name in graded):
        raise Unreadable(
            "The notebook has none of this lab's graded cells: it may be another lab's, or a copy "
            "that lost them; put your code into a fresh copy of the lab and submit that."
        )
    position = 0
    for name, cell in known.items():
        if name in places:
            position = index_of(notebook.cells, places[name]) + 1
        elif cell.metadata.nbgrader.locked or cell.metadata.nbgrader.grade:
            back = nbformat.from_dict(cell)
            back.id += "-back"
            if cell.metadata.nbgrader.solution:
                back.source = TEXT_STUB  # a written answer: never the model answer
            notebook.cells.insert(position, back)
            position += 1


def index_of(cells: list[NotebookNode], cell: NotebookNode) -> int:
    """Where this very cell stands, not one equal to it."""
    return next(index for index, other in enumerate(cells) if other is cell)
