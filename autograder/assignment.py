"""An nbgrader assignment as the engine needs it: its notebooks, their tests, how they are graded.

The texts of locked cells come from the gradebook, which has them as `nbgrader generate_assignment`
saved them, hidden tests included; all else comes from the source folder.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import UsageError
from autograder.engine.judge import Cell
from autograder.idioms import faults_of_notebook
from autograder.recognize import Original


@dataclass(frozen=True)
class Book:
    """One notebook of an assignment: with its solutions and tests, and as students got it."""

    name: str
    source: NotebookNode
    release: NotebookNode | None
    broken: Mapping[str, str]  # which tests can't be judged, and why: they run in the box

    @cached_property
    def original(self) -> Original:
        """What submissions of it are compared with."""
        return Original(self.source, self.release)

    def cells(self, notebook: NotebookNode) -> list[Cell]:
        """What to run of a submission that has been mended, in order; no long experiments."""
        asked = {key(c): c for c in self.source.cells if c.cell_type == "code"}
        made = [self.cell(c, asked.get(key(c))) for c in notebook.cells if is_run(c)]
        there, before = {cell.id for cell in made}, 0
        for name, cell in asked.items():  # the course's own cells that the student took out
            if name in there:
                before = next(i for i, c in enumerate(made) if c.id == name) + 1
            elif is_run(cell) and is_given(cell):
                made.insert(before, Cell(name, "run", "", given=cell.source))
                before += 1
        return made

    def cell(self, cell: NotebookNode, asked: NotebookNode | None) -> Cell:
        """One cell for the engine; `asked` is the course's own form of it."""
        meta, ours = cell.metadata.get("nbgrader", {}), cell.metadata.get("greenlab", {})
        if is_test(cell):
            inside = key(cell) in self.broken or ours.get("inside")
            kind = "inside" if inside else "test"
            return Cell(key(cell), kind, cell.source, float(meta["points"]))
        given = asked.source if asked is not None and is_given(asked) else ""
        name, without = ours.get("name", ""), ours.get("without", "")
        return Cell(key(cell), "run", cell.source, given=given, name=name, without=without)

    @property
    def modules(self) -> set[str]:
        """The modules that the solved notebook imports, for the warm start."""
        return {m for c in self.source.cells if c.cell_type == "code" for m in imports(c.source)}

    @property
    def points(self) -> dict[str, float]:
        """What each graded cell is worth, by its grade id."""
        graded = [c.metadata.nbgrader for c in self.source.cells if is_graded(c)]
        return {meta.grade_id: float(meta.points) for meta in graded}

    @property
    def names(self) -> dict[str, str]:
        """What a graded cell is called: its exercise in our labs, elsewhere its grade id."""
        return {
            key(c): c.metadata.get("greenlab", {}).get("name", key(c))
            for c in self.source.cells
            if is_graded(c)
        }


def key(cell: NotebookNode) -> str:
    """The name by which a cell is known: nbgrader's or the notebook's own."""
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id


def is_graded(cell: NotebookNode) -> bool:
    """Whether a cell has points, given by a test or by hand."""
    meta = cell.metadata.get("nbgrader", {})
    return bool(meta.get("grade") or meta.get("task"))


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell is an automatic test."""
    meta = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(meta.get("grade")) and not meta.get("solution")


def is_given(cell: NotebookNode) -> bool:
    """Whether a cell of the source is the course's own code, neither a test nor an answer."""
    meta = cell.metadata.get("nbgrader", {})
    return not (meta.get("solution") or meta.get("grade") or meta.get("task"))


def is_explore(cell: NotebookNode) -> bool:
    """Whether a cell is a long experiment: by the locked id that has been checked.

    What the student's notebook says elsewhere doesn't count, and a graded or solution cell never
    is one.
    """
    meta = cell.metadata.get("nbgrader", {})
    return (
        cell.cell_type == "code"
        and str(meta.get("grade_id", "")).startswith("explore_")
        and meta.get("locked") is True
        and is_given(cell)
    )


def is_run(cell: NotebookNode) -> bool:
    """Whether the grader runs a cell."""
    return cell.cell_type == "code" and not is_explore(cell)


def imports(source: str) -> Iterator[str]:
    """The modules that a cell names in its imports; none of a cell that doesn't parse."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def load(directory, assignment: str) -> dict[str, Book]:
    """The notebooks of an assignment by name, in the gradebook of nbgrader's CourseDirectory.

    Raises UsageError when the gradebook or the source folder doesn't have it.
    """
    from nbgrader.api import Gradebook, MissingEntry

    source = Path(directory.format_path(directory.source_directory, ".", assignment))
    release = Path(directory.format_path(directory.release_directory, ".", assignment))
    generate = f"run `nbgrader generate_assignment {assignment}` in the course's folder first"
    books = {}
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        try:
            saved = gradebook.find_assignment(assignment).notebooks
        except MissingEntry:
            known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none yet"
            raise UsageError(
                f"No assignment {assignment!r} in {directory.db_url}: {generate}. It has: {known}."
            ) from None
        for record in saved:
            path = source / f"{record.name}.ipynb"
            if not path.exists():
                raise UsageError(f"No {path}, which the gradebook has: restore it, or {generate}.")
            given = release / path.name
            released = read(given) if given.exists() else None
            notebook = framed(read(path), released)
            locked = {c.name: c.source for c in record.source_cells if c.locked}
            for cell in notebook.cells:
                cell.source = locked.get(key(cell), cell.source)
            books[record.name] = Book(record.name, notebook, released, broken(notebook))
    if not books:
        raise UsageError(f"Assignment {assignment!r} has no notebook: {generate}.")
    return books


def broken(source: NotebookNode) -> dict[str, str]:
    """Which tests of a notebook can't be judged, and why; all, where another cell is the reason."""
    faults = dict(reversed(faults_of_notebook(source)))  # of each cell the first
    tests = [key(cell) for cell in source.cells if is_test(cell)]
    others = [told for name, told in faults.items() if name not in tests]
    found = dict.fromkeys(tests, others[0]) if others else {}
    return found | {name: told for name, told in faults.items() if name in tests}


def read(path: Path) -> NotebookNode:
    """A notebook of the course, with nbgrader's metadata in its newest form."""
    from nbgrader.nbgraderformat import MetadataValidator

    notebook = nbformat.read(path, as_version=4)
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"given-{number}")  # before nbformat 4.5 there were none
    return MetadataValidator().upgrade_notebook_metadata(notebook)


def framed(source: NotebookNode, release: NotebookNode | None) -> NotebookNode:
    """The source with the header and footer that nbgrader has put around its release."""
    names = [c.metadata["nbgrader"]["grade_id"] for c in source.cells if "nbgrader" in c.metadata]
    given = [c for c in release.cells if "nbgrader" in c.metadata] if release else []
    there = [n for n, cell in enumerate(given) if key(cell) in names]
    if there:
        source.cells = [
            *map(nbformat.from_dict, given[: there[0]]),
            *source.cells,
            *map(nbformat.from_dict, given[there[-1] + 1 :]),
        ]
    return source
