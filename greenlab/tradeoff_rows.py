"""The rows of the pruning trade-off study: what is written, read, shipped and drawn."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from greenlab import data

LINES = ("L2 no retrain", "L1 no retrain", "L1 retrain", "L2 retrain", "L2 iterative")
DENSE = {"l1": "L1 dense", "l2": "L2 dense"}
COLUMNS = ("line", "seed", "density", "errors")


@dataclass(frozen=True)
class Row:
    """One network of one line: its seed, the share of weights kept, its test errors."""

    line: str
    seed: int
    density: float
    errors: int


def read(path: Path) -> list[Row]:
    """The rows of a results file. Raises OSError or ValueError when it can't be read."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(row["line"], int(row["seed"]), float(row["density"]), int(row["errors"]))
            for row in csv.DictReader(file)
        ]


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as CSV: line, seed, density, errors."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows((row.line, row.seed, f"{row.density:g}", row.errors) for row in rows)


def recorded() -> list[Row]:
    """The rows of the recorded full study that ships with the package (its card tells how)."""
    return read(data.SHIPPED.parent / "pruning_tradeoff.csv")


def in_order(rows: Sequence[Row]) -> list[Row]:
    """The rows sorted: dense networks, then line by line, from dense to sparse, by seed."""
    lines = [*DENSE.values(), *LINES]
    return sorted(rows, key=lambda r: (lines.index(r.line), -r.density, r.seed))
