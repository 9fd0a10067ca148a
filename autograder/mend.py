"""Makes a submitted notebook whole: the course's cells as the course has them, and in its order.

These are the cells that nbgrader knows: tests, locked ones, answers and tasks. All others are the
student's own and stay as they are, each behind the cell of the course that precedes it.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from nbformat import NotebookNode, from_dict

from autograder.recognize import Original, lost, normal, recognize
from autograder.sound import MAKERS, Unreadable, settle_ids

SHOWN = 6  # names in one flag
FOUND = "Cells had lost their names and were recognized"
COPIES = "Cells stood more than once, and of answers the last changed copy counts"
EDITED = "Locked cells had been edited and are as given again"
KEPT = "What was written into locked text stands below it"
RETYPED = "Cells of code had become text, or the reverse"
REMARKED = "Points or other grading marks had been changed and don't count"
MOVED = "Cells had been moved and are back in their places"
MISSING = "Missing cells were put back"
NO_ANSWER = "There is no cell with the answer"
FOREIGN = (
    "The notebook has none of this lab's graded cells: it may be another lab's, or a copy "
    "that lost them; put your code into a fresh copy of the lab and submit that."
)


@dataclass(frozen=True)
class Submission:
    """A submitted notebook, made whole, and what an instructor should know of it."""

    notebook: NotebookNode
    flags: tuple[str, ...]


class Flags(dict[str, list[str]]):
    """What was found, each with the names of the cells concerned."""

    def add(self, what: str, name: str) -> None:
        """Note a finding once."""
        if name not in self.setdefault(what, []):
            self[what].append(name)


def mend(notebook: NotebookNode, original: Original) -> Submission:
    """A submission made whole. Raises Unreadable if it has no graded cell and no answer."""
    flags = Flags()
    cells = [from_dict(cell) for cell in notebook.cells]
    names, places = recognize(cells, original)
    telling = {name for name in original.cells if is_telling(name, original)}
    if telling and telling.isdisjoint(names):
        raise Unreadable(FOREIGN)
    while True:
        cells = whole(cells, names, places, original, flags)
        before = lost(names, original)
        names, places = recognize(cells, original)
        if lost(names, original) == before:  # else what was put back has told where one stands
            break
    sentences = [f"{what}: {listed(whom)}." for what, whom in flags.items()]
    theirs, ours = language(notebook), language(original.source) or "python"
    if theirs not in ("", ours):
        sentences.append(f"The notebook's kernel was for {theirs}, not for {ours}.")
    settle_ids(sorted(cells, key=lambda cell: "nbgrader" not in cell.metadata))
    made = from_dict({**notebook, "metadata": original.source.metadata, "cells": cells})
    return Submission(made, tuple(sentences))


def answered(submission: Submission, original: Original) -> int:
    """How many answers a mended submission has that aren't as they were given."""
    named = ((original.claimed(cell), cell) for cell in submission.notebook.cells)
    return sum(
        name is not None and not original.locked(name) and not is_blank(name, cell, original)
        for name, cell in named
    )


def whole(
    cells: list[NotebookNode],
    names: list[str | None],
    places: dict[int, int],
    original: Original,
    flags: Flags,
) -> list[NotebookNode]:
    """The cells with those of the course as they should be, once each and in order."""
    chosen = {name: choose(name, cells, names, original) for name in set(names) - {None}}
    given = {index: number for number, index in places.items() if names[index] is None}
    given |= {index: original.number[name] for name, index in chosen.items()}
    blocks: dict[int, list[NotebookNode]] = {-1: []}  # a cell that was given, what stands below
    last = -1
    for index, (cell, name) in enumerate(zip(cells, names, strict=True)):
        if index in given:
            last = given[index]
            blocks[last] = []
        if name is None:
            blocks[last].append(own(cell))
        elif index in given:
            blocks[last] += restored(cell, name, original, flags)
        else:
            flags.add(COPIES, name)
            if not is_blank(name, cell, original):
                blocks[last].append(own(cell))
    have, want = sorted(chosen, key=chosen.get), sorted(chosen, key=original.number.get)
    for tag, start, end, *_ in SequenceMatcher(None, have, want, False).get_opcodes():
        if tag in ("delete", "replace"):
            for name in have[start:end]:
                flags.add(MOVED, name)
    order = blocks if have == want else sorted(blocks)
    result = [cell for number in order for cell in blocks[number]]
    for name in original.cells:
        if name in chosen:
            continue
        if not original.locked(name) and not original.has_points(name):
            flags.add(NO_ANSWER, name)
            continue
        flags.add(MISSING, name)
        result.insert(place(name, result, original), fresh(name, original))
    return result


def choose(
    name: str, cells: list[NotebookNode], names: list[str | None], original: Original
) -> int:
    """Which copy of a cell counts: the last changed one, of locked cells the last unchanged one."""

    def rank(index: int) -> tuple[bool, bool, int]:
        cell = cells[index]
        if original.locked(name):
            return original.untouched(name, cell), bool(cell.get("outputs")), index
        return not is_blank(name, cell, original), False, index

    return max((index for index, other in enumerate(names) if other == name), key=rank)


def is_blank(name: str, cell: NotebookNode, original: Original) -> bool:
    """Whether a cell holds nothing but what was given."""
    return not cell.source.strip() or original.untouched(name, cell)


def is_telling(name: str, original: Original) -> bool:
    """Whether a cell can tell one assignment from another, as a setup cell can't."""
    return original.has_points(name) or not original.locked(name)


def restored(cell: NotebookNode, name: str, original: Original, flags: Flags) -> list[NotebookNode]:
    """A cell as the course has it: all but an answer's text, and what it showed.

    Behind it, what the student wrote into a locked text: that may be an answer.
    """
    course = original.cells[name]
    if original.claimed(cell) != name:
        flags.add(FOUND, name)
    elif is_remarked(cell.metadata.nbgrader, original.given[name].cell.metadata.nbgrader):
        flags.add(REMARKED, name)
    kept = []
    if original.locked(name) and not original.untouched(name, cell):
        flags.add(EDITED, name)
        if course.cell_type == "markdown" and cell.source.strip():
            flags.add(KEPT, name)
            kept = [own(cell)]
    if cell.cell_type != course.cell_type:
        flags.add(RETYPED, name)
        cell = MAKERS[course.cell_type](cell.source)
    if original.locked(name):
        new = fresh(name, original)
        if "outputs" in cell:
            new.outputs, new.execution_count = cell.outputs, cell.execution_count
    else:
        new = own(cell)
        new.metadata |= from_dict(course.metadata)
        new.id = as_id(name)
    return [new, *kept]


def is_remarked(theirs: NotebookNode, given: NotebookNode) -> bool:
    """Whether a student's copy of nbgrader's metadata says otherwise than what was given."""
    keys = ("grade", "solution", "task", "locked", "points")
    return any(theirs[key] != given[key] for key in keys if key in theirs and key in given)


def fresh(name: str, original: Original) -> NotebookNode:
    """A cell of the course as it begins: an answer without the solution, nothing shown yet."""
    cell = from_dict(original.cells[name])
    if not original.locked(name):
        cell.source = original.given[name].cell.source
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    cell.id = as_id(name)
    return cell


def own(cell: NotebookNode) -> NotebookNode:
    """A cell as the student's own, which no mark of the course's makes something else."""
    cell = from_dict(cell)
    cell.metadata.pop("nbgrader", None)
    cell.metadata.pop("greenlab", None)
    return cell


def as_id(name: str) -> str:
    """An nbgrader id as a cell's id, which holds fewer characters."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:64]


def place(name: str, cells: list[NotebookNode], original: Original) -> int:
    """Where to put a missing cell back: before what came next, as far as the order allows."""
    names, order = [original.claimed(cell) for cell in cells], list(original.cells)
    ranks = [-1 if other is None else order.index(other) for other in names]
    rank = order.index(name)
    low = max((i + 1 for i, other in enumerate(ranks) if -1 < other < rank), default=0)
    high = min((i for i, other in enumerate(ranks) if other > rank), default=len(cells))
    between = [(cell.id, normal(cell.source)) for cell in cells[low:high]]
    behind = False
    for given in original.sequence:
        if behind and given.name is None:
            for index, (cell_id, text) in enumerate(between, low):
                if cell_id == given.cell.get("id") or (text and text == given.text):
                    return index
        elif behind and given.name in names:
            break
        behind = behind or given.name == name
    return high


def language(notebook: NotebookNode) -> str:
    """The language of a notebook's kernel, if it says one."""
    info = notebook.metadata.get("language_info", {}).get("name")
    told = info or notebook.metadata.get("kernelspec", {}).get("language") or ""
    return str(told).lower().replace("ipython", "python")[:30]


def listed(names: list[str]) -> str:
    """Names in a row, not too many."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
