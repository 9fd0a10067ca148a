"""Reads and writes the CSV files of learning-management systems, as Excel and they save them."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import UsageError

DELIMITERS = ",;\t"
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?|[+-]?\.[0-9]+|-")
FORMULA = tuple("=+-@\t\r\n")
QUOTED = re.compile(r'="(.*)"')  # Canvas's own guard of a name that begins with =
SAVE = "in Excel save it as “CSV UTF-8”, or download it again and don't open it in between"


@dataclass(frozen=True)
class Table:
    """A CSV file: its header, and rows with a cell for each column."""

    path: Path
    header: list[str]
    rows: list[list[str]]

    def column(self, *names: str) -> int | None:
        """Where the first of these columns stands, whatever its letters' case; None if nowhere."""
        there = [name.strip().casefold() for name in self.header]
        found = (there.index(name.casefold()) for name in names if name.casefold() in there)
        return next(found, None)


def read_table(path: Path) -> Table:
    """Read a CSV file with commas, semicolons or tabs, in UTF-8 or UTF-16. Raises UsageError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"Can't read {path} ({error.strerror}): give the roster's CSV.") from error
    text = decoded(data, path).removeprefix("\ufeff")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)))
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV table ({error}): {SAVE}.") from error
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UsageError(f"{path} is empty: download it again.")
    header, *rows = rows
    for number, row in enumerate(rows, 2):
        if any(cell.strip() for cell in row[len(header) :]):
            raise UsageError(
                f"Row {number} of {path} has {len(row)} cells, the header {len(header)}: {SAVE}."
            )
    width = len(header)
    filled = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    return Table(path, [name.strip() for name in header], filled)


def decoded(data: bytes, path: Path) -> str:
    """The text of a CSV file, never guessed from bytes that can be read in two ways."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise UsageError(f"{path} is an Excel workbook: {SAVE}.")
    else:
        encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        raise UsageError(f"{path} isn't in UTF-8 (byte {error.start}): {SAVE}.") from error
    if "\0" in text:
        raise UsageError(f"{path} is no text (it has zero bytes): {SAVE}.")
    return text


def delimiter(text: str) -> str:
    """What parts the cells: that of which the first line has the most, outside of quotes."""
    first = re.sub(r'"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    return max(DELIMITERS, key=first.count)


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file, whole or not at all. Raises UsageError."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        part.replace(path)
    except OSError as error:
        raise UsageError(f"Can't write {path} ({error.strerror}).") from error


def inert(cell: str) -> str:
    """A cell that a spreadsheet shows and never computes, whatever a student's name begins with."""
    runs = cell.lstrip(" ").startswith(FORMULA) and not NUMBER.fullmatch(cell.strip(" "))
    return f"'{cell}" if runs else cell


def plain(cell: str) -> str:
    """A cell as it was before it was made inert, here or by Canvas."""
    cell = cell.strip()
    if match := QUOTED.fullmatch(cell):
        return match[1]
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip(" ").startswith(FORMULA) else cell


def number(cell: str) -> float | None:
    """A cell's number, with a decimal point or comma; None if it is none."""
    text = cell.strip().rstrip("%")
    if "," in text and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def points(value: float) -> str:
    """Points as a learning-management system reads them: four decimals at most, no exponent."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
