"""Tells which cell of a submission is which of the course's, also where its name is lost."""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from nbformat import NotebookNode, from_dict
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution, is_task

HEADING = re.compile(r"^(async def|def|class) .+", re.MULTILINE)


@dataclass(frozen=True)
class Given:
    """A cell as students got it; only cells that nbgrader knows have a name, their grade id."""

    name: str | None
    cell: NotebookNode
    text: str


class Original:
    """A notebook of an assignment: the cells that nbgrader knows, and all as students got them.

    `source` has the tests, `release` is what students got; without it, nbgrader's own delimiters
    say what they saw.
    """

    def __init__(self, source: NotebookNode, release: NotebookNode | None = None) -> None:
        self.source = MetadataValidator().upgrade_notebook_metadata(from_dict(source))
        self.cells = {c.metadata.nbgrader.grade_id: c for c in self.source.cells if is_known(c)}
        self.sequence = self.as_got(as_given(self.source))
        self.given = {given.name: given for given in self.sequence}
        if release is not None:
            got = self.as_got(release)
            self.given |= {given.name: given for given in got}
            if [given.name for given in got if given.name] == list(self.cells):
                self.sequence = got  # may have a header and a footer, too
        self.number = {given.name: index for index, given in enumerate(self.sequence)}
        for name, cell in self.cells.items():  # what nbgrader takes for untouched
            text = cell.source if self.locked(name) else self.given[name].cell.source
            cell.metadata.nbgrader.checksum = compute_checksum(from_dict({**cell, "source": text}))
        lines = Counter(line for given in self.sequence for line in given.text.split("\n"))
        self.headings = {
            name: match[0]  # of an answer: the line that begins its function, where no other has it
            for name in self.cells
            if not self.locked(name)
            and (match := HEADING.search(self.given[name].text))
            and lines[match[0]] <= 1
        }
        both = [*self.source.cells, *(given.cell for given in self.sequence)]
        self.ids = {c.id: name for c in both if "id" in c and (name := self.claimed(c))}

    def as_got(self, notebook: NotebookNode) -> list[Given]:
        """The cells of the notebook that students got."""
        return [Given(self.claimed(c), c, normal(c.source)) for c in notebook.cells]

    def claimed(self, cell: NotebookNode) -> str | None:
        """The name that a cell has by its own metadata, if it is one of the course's."""
        theirs = cell.metadata.get("nbgrader")
        name = theirs.get("grade_id") if isinstance(theirs, dict) else None
        return name if isinstance(name, str) and name in self.cells else None

    def locked(self, name: str) -> bool:
        """Whether a cell's text is the course's; else it is an answer."""
        return is_locked(self.cells[name])

    def has_points(self, name: str) -> bool:
        """Whether a cell has points, given by a test or by hand."""
        return is_grade(self.cells[name]) or is_task(self.cells[name])

    def untouched(self, name: str, cell: NotebookNode) -> bool:
        """Whether a cell has the text that its student got, perhaps of an earlier release."""
        if normal(cell.source) == self.given[name].text:
            return True
        then = from_dict(self.cells[name])
        then.source, then.cell_type = cell.source, cell.cell_type
        theirs = cell.metadata.get("nbgrader")
        return isinstance(theirs, dict) and theirs.get("checksum") == compute_checksum(then)


def is_known(cell: NotebookNode) -> bool:
    """Whether nbgrader keeps track of a cell."""
    return is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell)


def as_given(source: NotebookNode) -> NotebookNode:
    """What students get of a source by nbgrader's own delimiters, where no release says it."""
    given = from_dict(source)
    for step in (ClearSolutions, ClearHiddenTests, ClearMarkScheme):
        with suppress(RuntimeError, ValueError):  # another language, or delimiters of their own
            step(enforce_metadata=False).preprocess(given, {})
    return given


def normal(text: str) -> str:
    """A text without what editors change on their own: ends of lines, space there and around."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def recognize(
    cells: list[NotebookNode], original: Original
) -> tuple[list[str | None], dict[int, int]]:
    """The name of each cell, None if it has none, and where the cells stand that were given.

    A name is told by nbgrader's metadata, else by the cell's id; where both are lost, by a text
    that no other cell has; of an answer, by the line that begins its function, or by its place
    among known cells. An answer within a locked cell is put behind that as a cell of its own.
    """
    names = [original.claimed(cell) or original.ids.get(cell.id) for cell in cells]
    by_heading(cells, names, original)
    take_out(cells, names, original)
    texts = [normal(cell.source) for cell in cells]
    places = by_text(cells, names, texts, original)
    by_place(cells, names, texts, places, original)
    return names, places


def lost(names: list[str | None], original: Original) -> list[str]:
    """The answers that have not been found."""
    return [name for name in original.cells if name not in names and not original.locked(name)]


def by_heading(cells: list[NotebookNode], names: list[str | None], original: Original) -> None:
    """Name the cells that have the line by which an answer's function begins."""
    lines = [normal(cell.source).split("\n") for cell in cells]
    for name in lost(names, original):
        for index, own in enumerate(lines):
            if names[index] is None and original.headings.get(name) in own:
                names[index] = name


def take_out(cells: list[NotebookNode], names: list[str | None], original: Original) -> None:
    """Give lost answers that were merged into a locked cell a cell of their own."""
    for name in lost(names, original):
        for index, (cell, other) in enumerate(zip(cells, names, strict=True)):
            merged = original.headings.get(name) in normal(cell.source).split("\n")
            if other is not None and original.locked(other) and merged:
                cells.insert(index + 1, from_dict(cell))
                names.insert(index + 1, name)
                break


def by_text(
    cells: list[NotebookNode], names: list[str | None], texts: list[str], original: Original
) -> dict[int, int]:
    """Name the cells that have a text of the course's; where each cell that it gave stands."""
    often = Counter(given.text for given in original.sequence)
    places = {}
    for number, given in enumerate(original.sequence):
        same = []
        if given.name not in names or given.name is None:
            telling = given.text and often[given.text] == 1
            for index, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                known = cell.id == given.cell.get("id") or (telling and text == given.text)
                if names[index] is None and known:
                    same.append(index)
                    names[index] = given.name
        if given.name is not None:
            same = [index for index, name in enumerate(names) if name == given.name]
        elif len(same) > 1:
            continue
        if same:
            places[number] = same[-1]
    return places


def by_place(
    cells: list[NotebookNode],
    names: list[str | None],
    texts: list[str],
    places: dict[int, int],
    original: Original,
) -> None:
    """Name answers by their place: between two known cells stand as many as are lost there."""
    gaps: dict[tuple[int, int, str], list[str]] = {}
    missing = lost(names, original)
    for number, given in enumerate(original.sequence):
        if given.name in missing:
            low = max((n for n in places if n < number), default=None)
            high = min((n for n in places if n > number), default=None)
            after = -1 if low is None else places[low]
            before = len(cells) if high is None else places[high]
            kind = original.cells[given.name].cell_type
            gaps.setdefault((after, before, kind), []).append(given.name)
    plain = {given.text for given in original.sequence if given.name is None}
    for (after, before, kind), wanted in gaps.items():
        free = [
            index
            for index in range(after + 1, before)
            if names[index] is None and texts[index] not in plain and cells[index].cell_type == kind
        ]
        if len(free) == len(wanted):
            for index, name in zip(free, wanted, strict=True):
                names[index] = name
