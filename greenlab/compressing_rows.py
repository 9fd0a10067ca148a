"""The rows of the study of model compression: what is written, read, shipped and drawn."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean

from greenlab import data

METHODS = ("labels", "real", "rand", "nbe", "munge")  # "labels": from 0 and 1, without a teacher
LEVELS = {"single": "best single model", "teacher": "teacher"}  # what students are compared with


@dataclass(frozen=True)
class Row:
    """One student: what it learned from, its hidden units, its RMSE on the test points.

    `rows`: how many points it was trained on, the real ones included. `seed`: of the student and
    its synthetic rows, and the split of the points. With the method "single" or "teacher": the
    library's best model for that split, or the ensemble selected from it; their `units` are 0.
    """

    problem: str
    method: str
    seed: int
    rows: int
    units: int
    rmse: float


def in_order(rows: Sequence[Row]) -> list[Row]:
    """The rows sorted: by problem, method, rows, units and seed."""
    place = (*LEVELS, *METHODS).index
    return sorted(rows, key=lambda r: (r.problem, place(r.method), r.rows, r.units, r.seed))


def levels(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """By problem, the mean RMSE over the splits of the "teacher" and the "best single model".

    Raises ValueError for a problem whose rows tell of no teacher.
    """
    found: dict[str, dict[str, float]] = {}
    for problem in dict.fromkeys(row.problem for row in rows):
        for method, name in LEVELS.items():
            errors = [r.rmse for r in rows if (r.problem, r.method) == (problem, method)]
            if not errors:
                raise ValueError(f'{problem} has no rows of the method "{method}"')
            found.setdefault(problem, {})[name] = fmean(errors)
    return found


def read(path: Path) -> list[Row]:
    """The rows of a results file. Raises OSError or ValueError when it can't be read."""
    kinds = (str, str, int, int, int, float)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Row(*(kind(v) for kind, v in zip(kinds, row, strict=True))) for row in rows]


def save(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as CSV: problem, method, seed, rows, units, rmse."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Row.__dataclass_fields__)
        out.writerows(astuple(row) for row in rows)


def recorded() -> list[Row]:
    """The rows of the recorded full study that ships with the package (its card tells how)."""
    return read(data.SHIPPED.parent / "model_compression.csv")
