"""What a case is: a submission that is hostile or unlucky, and the marks it deserves."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.hostile.course import ANSWER, ASSIGNMENT, DATA, POINTS, ROWS, SOLUTIONS, WRITTEN, write

FULL = {name: float(points) for name, points in POINTS.items()}
NOTHING = dict.fromkeys(POINTS, 0.0)


class Submission:
    """A solved notebook and its folder, to be spoilt."""

    def __init__(self, release: NotebookNode) -> None:
        self.notebook = copy.deepcopy(release)
        self.name = f"{ASSIGNMENT}.ipynb"
        self.files: dict[str, str | bytes] = {DATA: ROWS}
        self.links: dict[str, str] = {}
        self.folder_link = ""  # where the whole folder leads
        self.raw: bytes | None = None  # what the file holds in the notebook's place
        self.instead: Callable[[Path], object] | None = None  # makes what stands there instead
        for name, text in (SOLUTIONS | {WRITTEN: ANSWER}).items():
            self.answer(name, text)

    def cell(self, name: str) -> NotebookNode:
        """The cell of this grade id."""
        return next(c for c in self.notebook.cells if grade_id(c) == name)

    def answer(self, name: str, source: str) -> None:
        """Write an answer."""
        self.cell(name).source = source

    def insert(self, source: str, before: str = "normalize") -> None:
        """Put an own cell before a named one."""
        self.notebook.cells.insert(self.index(before), new_code_cell(source))

    def append(self, source: str) -> None:
        """Put an own cell at the end."""
        self.notebook.cells.append(new_code_cell(source))

    def index(self, name: str) -> int:
        """Where a named cell stands."""
        return self.notebook.cells.index(self.cell(name))

    def text(self) -> str:
        """The notebook's file as text."""
        return nbformat.writes(self.notebook)

    def write(self, folder: Path) -> None:
        """Write it all where a collected submission stands."""
        if self.folder_link:
            folder.parent.mkdir(parents=True)
            folder.symlink_to(self.folder_link)
            return
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        for name, target in self.links.items():
            os.symlink(target, folder / name)
        if self.instead is not None:
            self.instead(folder / self.name)
        elif self.raw is not None:
            (folder / self.name).write_bytes(self.raw)
        elif self.name not in self.links:
            write(self.notebook, folder / self.name)


@dataclass(frozen=True)
class Case:
    """One submission: `cell` is run first of all, `answers` replace the right ones."""

    name: str
    tries: str
    cell: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Submission], None] | None = None
    fair: Mapping[str, float] = field(default_factory=lambda: FULL)
    told: str = ""  # a part of what its student must read
    wire: bool = False  # it attacks the engine's own wire, which nbgrader doesn't have

    def submission(self, release: NotebookNode) -> Submission:
        """The submission, from the notebook that students get."""
        made = Submission(release)
        for name, source in self.answers.items():
            made.answer(name, source)
        if self.cell:
            made.insert(self.cell)
        if self.change:
            self.change(made)
        return made


def unlucky(name: str, tries: str, cell: str = "", *, lost: str = "", **rest) -> Case:
    """A case that has solved all, and deserves all but the exercises `lost`."""
    return Case(name, tries, cell, fair=FULL | dict.fromkeys(lost.split(), 0.0), **rest)


def cheat(name: str, tries: str, cell: str = "", **rest) -> Case:
    """A case that has solved nothing, and deserves nothing."""
    answers = dict.fromkeys(POINTS, "raise NotImplementedError()") | rest.pop("answers", {})
    return Case(name, tries, cell, answers, fair=NOTHING, **rest)


def grade_id(cell: NotebookNode) -> str | None:
    """A cell's nbgrader id."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")
