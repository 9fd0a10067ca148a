"""What the doctor looks at in the package: the data files and the trained networks."""

from __future__ import annotations

import csv
from pathlib import Path

from greenlab.installed import HERE, reinstall
from greenlab.machine import OK, PROBLEM, Finding

# The shape of each array in a file; of a table: rows below the heading, columns.
LIBRARY = {"climb": (108, 1_000), "test": (108, 15_000)} | dict.fromkeys(
    ("names", "train_seconds", "seconds", "bytes"), (108,)
)
SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "efficiency_survey.csv": {"table": (3, 3)},
    "grid_intensity.csv": {"table": (212, 5)},
    "imagenet_models.csv": {"table": (112, 7)},
    "letter.npz": {"features": (20_000, 16), "letters": (20_000,)},
    "library_letter_p1.npz": LIBRARY,
    "library_letter_p2.npz": LIBRARY,
    "lottery_tickets.csv": {"table": (183, 6)},
    "model_compression.csv": {"table": (198, 6)},
    "mnist10k.npz": {"images": (10_000, 28, 28), "labels": (10_000,)},
    "pruning_tradeoff.csv": {"table": (171, 4)},
    "training_compute.csv": {"table": (18, 7)},
}


def data(folder: Path = HERE / "data") -> Finding:
    """Can each data file be read, in the shape that the labs expect? None listed may be missing."""
    there = {path.name for kind in ("*.csv", "*.npz") for path in folder.glob(kind)}
    names = sorted(SHAPES.keys() | there)
    faults = {name: fault for name in names if (fault := _fault(folder / name))}
    if faults:
        found = "; ".join(f"{name} {fault}" for name, fault in faults.items())
        broken = folder if len(faults) > 1 else folder / next(iter(faults))
        return Finding(PROBLEM, "data", found, reinstall(broken))
    return Finding(OK, "data", ", ".join(Path(name).stem for name in names))


def _fault(path: Path) -> str:
    # What is wrong with a data file, as the end of a sentence; "" when nothing is.
    try:
        shapes = _arrays(path) if path.suffix == ".npz" else {"table": _table(path)}
    except Exception as error:  # missing, truncated, not a zip: numpy raises five kinds
        return f"can't be read: {error}"
    wanted = SHAPES.get(path.name, shapes)
    return "" if shapes == wanted else f"holds {shapes}, not {wanted}"


def _arrays(path: Path) -> dict[str, tuple[int, ...]]:
    import numpy as np

    with np.load(path) as file:
        return {key: file[key].shape for key in file.files}


def _table(path: Path) -> tuple[int, int]:
    text = path.read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines(keepends=True)))
    if not text.endswith("\n") or len({len(row) for row in rows}) != 1:
        raise ValueError("it is cut off")
    return len(rows) - 1, len(rows[0])


def trained(folder: Path = HERE / "zoo" / "trained") -> Finding:
    """Is there a readable file of weights beside each model card?"""
    names = sorted(card.stem for card in folder.glob("*.md"))
    bad = [name for name in names if not _has_weights(folder / f"{name}.safetensors")]
    if bad or not names:
        found = f"no weights for {', '.join(bad)}" if bad else "none found"
        return Finding(PROBLEM, "trained networks", found, reinstall(folder))
    return Finding(OK, "trained networks", ", ".join(names))


def _has_weights(path: Path) -> bool:
    try:
        from safetensors import safe_open

        with safe_open(path, framework="numpy") as file:
            return bool(file.keys())
    except Exception:  # missing, truncated, or safetensors itself is not there
        return False
