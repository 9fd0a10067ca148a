"""Cells of a paper's tables: printed against computed, laid out as the paper has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

HEAD = ("row", "column", "printed", "computed", "verdict", "why")
VERDICT = {True: "agrees", False: "differs", None: "not checked"}
KEY = (
    "✓ comes out as printed, to the last digit. Bold: does not. (=) circular: what it is computed "
    "from was solved from it. No mark: given, there is nothing to compute it from."
)


@dataclass(frozen=True)
class Cell:
    """One number of a paper's table, and what comes out when it is computed.

    `agrees`: computed rounds to printed; None where the paper leaves nothing to compute it from,
    or where the computation would be circular. `step` is the unit of the last printed digit.
    """

    row: str
    column: str
    unit: str
    printed: float
    computed: float | None
    why: str
    agrees: bool | None
    step: float = 1

    @property
    def head(self) -> str:
        """The column with its unit."""
        return self.column if self.column == "hours" else f"{self.column}, {self.unit}"

    def fields(self) -> tuple[str, ...]:
        """The cell as text: row, column, printed, computed, verdict, why."""
        # As many digits as the paper prints, two more where that hides a difference.
        decimals = 2 if self.step < 1 else 0
        more = 2 if self.agrees is False and self.printed < 10_000 else decimals
        computed = "" if self.computed is None else f"{self.computed:,.{more}f}"
        printed = f"{self.printed:,.{decimals}f}"
        return self.row, self.head, printed, computed, VERDICT[self.agrees], self.why

    def _repr_html_(self) -> str:
        _, _, printed, computed, *_ = self.fields()
        if self.agrees is False:
            return f"<b>{printed}<br>computed&nbsp;{computed}</b>"
        return printed + (" ✓" if self.agrees else " (=)" if computed else "")


@dataclass(frozen=True)
class Table:
    """The cells of one table; iterate over them, or show it in a notebook.

    There it stands as the paper prints it, with each cell and its reason folded below.
    """

    title: str
    cells: tuple[Cell, ...]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def cell(self, row: str, column: str) -> Cell:
        """The cell of a row and a column. Raises ValueError, naming what there is, for none."""
        for cell in self.cells:
            if (cell.row, cell.column) == (row, column):
                return cell
        rows, columns = (sorted({getattr(c, name) for c in self}) for name in ("row", "column"))
        raise ValueError(
            f"no cell {row!r}, {column!r} with a number; rows are {rows}, columns {columns}"
        )

    def __str__(self) -> str:
        lines = [" | ".join(fields) for fields in (HEAD, *(cell.fields() for cell in self))]
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        columns = list(dict.fromkeys(cell.head for cell in self))
        rows: dict[str, dict[str, str]] = {}
        for cell in self:
            rows.setdefault(cell.row, {})[cell.head] = cell._repr_html_()
        laid_out = [
            [escape(row).replace(" ", "&nbsp;"), *(cells.get(column, "–") for column in columns)]
            for row, cells in rows.items()
        ]
        reasons = [[escape(field) for field in cell.fields()] for cell in self]
        return (
            f"<p><b>{escape(self.title)}</b></p>{_html(['', *columns], laid_out, 'right')}"
            f"<p>{KEY}</p><details><summary>Each number, and why</summary>"
            f"{_html(HEAD, reasons, 'left')}</details>"
        )


def _html(head: Sequence[str], rows: Sequence[Sequence[str]], side: str) -> str:
    # A table of fields that are HTML; all but the first column's stand at `side`.
    def line(tag: str, fields: Sequence[str]) -> str:
        sides = ["left"] + [side] * (len(fields) - 1)
        pairs = zip(sides, fields, strict=True)
        return "".join(f'<{tag} style="text-align:{s}">{field}</{tag}>' for s, field in pairs)

    lines = [line("th", head), *(line("td", fields) for fields in rows)]
    return f"<table><tr>{'</tr><tr>'.join(lines)}</tr></table>"


def checked(
    row: str, column: str, unit: str, printed: float, computed: float, why: str, step: float = 1
) -> Cell:
    """A cell that agrees when `computed` rounds to `printed`; `step`: the last digit's unit."""
    # Half a unit of the last digit, and a hair for the arithmetic.
    agrees = abs(computed - printed) <= step / 2 + 1e-6
    return Cell(row, column, unit, printed, computed, why, agrees, step)


def given(row: str, column: str, unit: str, printed: float, why: str, step: float = 1) -> Cell:
    """A cell that nothing can be computed for."""
    return Cell(row, column, unit, printed, None, why, None, step)
