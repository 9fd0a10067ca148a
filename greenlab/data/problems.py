"""The problems of the paper on model compression (Buciluă, Caruana, Niculescu-Mizil 2006).

Two classes each. Two problems on the shipped letters, and two by download; of the paper's other
four, why they can't be had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np

from greenlab.data.network import DataUnavailable, downloading
from greenlab.installed import reinstall

LETTERS = Path(str(files("greenlab.data"))) / "letter.npz"
TRAIN, CLIMB = 4_000, 1_000  # rows to train on, and for hill climbing, as in the paper
POSITIVE = {"p1": "O", "p2": "ABCDEFGHIJKLM"}
OFFLINE = 'use the letters that ship with the package: data.letter("p1")'
WITHHELD = {
    "medis": "a medical data set, it was never published",
    "mg": "a medical data set, it was never published",
    "slac": "it came from the Stanford Linear Accelerator and was never published",
    "hs": "there is no one file of it: the hyperspectral image goes round in several versions, "
    "and which pixels and bands the paper took is not told",
}


@dataclass(frozen=True)
class Problem:
    """Rows (n, d) float64 with targets (n,) int64, 0 or 1: to train, for hill climbing, to test.

    `values` (d,) tells the attributes apart: 0 for a continuous one, scaled to [0, 1]; for a
    nominal one, the number of its values, which are the codes 0, 1, ….
    """

    name: str
    train_x: np.ndarray
    train_y: np.ndarray
    climb_x: np.ndarray
    climb_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray
    values: tuple[int, ...]

    @property
    def nominal(self) -> tuple[int, ...]:
        """The columns of the nominal attributes."""
        return tuple(a for a, count in enumerate(self.values) if count)

    def __repr__(self) -> str:
        return (
            f"{self.name}: {len(self.train_x):,} rows to train, {len(self.climb_x):,} for hill "
            f"climbing, {len(self.test_x):,} to test; {len(self.values)} attributes, "
            f"{len(self.nominal)} of them nominal; {self.train_y.mean():.1%} positive"
        )


def letter(which: str, split: int = 0) -> Problem:
    """The shipped letters: "p1", O against the rest, or "p2", A–M against N–Z.

    16 attributes of a letter's picture, 0 … 15 in the file, over 15. The first 4,000 rows train,
    the next 1,000 are for hill climbing, the other 15,000 test: for `split` 0 in the order of the
    file, which is random already; for 1, 2, … in that of `default_rng(split).permutation`.
    Raises ValueError for another name, DataUnavailable when the file is missing or broken.
    """
    if which not in POSITIVE:
        raise ValueError(f"unknown problem {which!r}; choose one of {list(POSITIVE)}")
    random = np.random.default_rng(split)
    try:
        with np.load(LETTERS) as file:
            features, letters = file["features"], file["letters"]
        y = np.isin(letters, list(POSITIVE[which]))
        order = random.permutation(len(y)) if split else np.arange(len(y))
        return _split(f"letter.{which}", features / 15, y, (0,) * features.shape[1], order)
    except Exception as error:  # missing, cut off, not a zip: numpy raises five kinds
        raise DataUnavailable(f"{LETTERS} can't be read: {error}. {reinstall(LETTERS)}") from error


def adult(split: int = 0) -> Problem:
    """Adult: does a person earn more than 50,000 dollars a year? By download (OpenML, version 2).

    6 continuous and 8 nominal attributes; a nominal one that is missing is a value of its own.
    Rows in the order of `default_rng(split).permutation`: 4,000 train, 1,000 are for hill
    climbing, the rest test. Raises DataUnavailable when the download fails. The download is
    tested with a stand-in for scikit-learn's `fetch_openml`, not with a network.
    """
    from sklearn.datasets import fetch_openml

    random = np.random.default_rng(split)
    with downloading("Adult", OFFLINE):
        print("Fetching Adult (once, into scikit-learn's data home) …", flush=True)
        options = {"version": 2, "as_frame": False, "parser": "liac-arff", "n_retries": 1}
        table = fetch_openml("adult", **options)
        x, values = np.array(table.data, dtype=np.float64), []
        for a, name in enumerate(table.feature_names):
            codes = table.categories.get(name)
            if codes is None:
                x[:, a] = _scaled(x[:, a])
                values.append(0)
                continue
            missing = np.isnan(x[:, a])
            x[missing, a] = len(codes)
            values.append(len(codes) + int(missing.any()))
        return _split("adult", x, table.target == ">50K", tuple(values), random.permutation(len(x)))


def covertype(split: int = 0) -> Problem:
    """Covertype: is a patch of forest of the most common kind, lodgepole pine? By download.

    10 continuous and 2 nominal attributes: 4 wilderness areas and 40 soil types, which the file
    spreads over 44 columns. Split as in `adult`. Raises DataUnavailable when the download fails.
    The download is tested with a stand-in for scikit-learn's `fetch_covtype`, not with a network.
    """
    from sklearn.datasets import fetch_covtype

    random = np.random.default_rng(split)
    with downloading("Covertype", OFFLINE):
        print("Fetching Covertype (once, into scikit-learn's data home) …", flush=True)
        x, kind = fetch_covtype(return_X_y=True, n_retries=1)
        columns = [_scaled(x[:, a]) for a in range(10)]
        for places in (x[:, 10:14], x[:, 14:54]):
            if (places.sum(1) != 1).any() or x.shape[1] != 54:
                raise ValueError("not each row has one wilderness area and one soil type")
            columns.append(places.argmax(1))
        x, values = np.stack(columns, 1).astype(np.float64), (0,) * 10 + (4, 40)
        return _split("covtype", x, kind == 2, values, random.permutation(len(x)))


def problem(name: str, split: int = 0) -> Problem:
    """One of the paper's problems by its name there: "letter.p1", "letter.p2", "adult", "covtype".

    `split` 0, 1, 2, …: which rows train, are for hill climbing, and test (see `letter`, `adult`).
    Raises DataUnavailable for "medis", "mg", "slac" and "hs", with the reason, or when a download
    fails; ValueError for any other name.
    """
    loaders: dict[str, Callable[[int], Problem]] = {
        "letter.p1": partial(letter, "p1"),
        "letter.p2": partial(letter, "p2"),
        "adult": adult,
        "covtype": covertype,
    }
    if name in WITHHELD:
        raise DataUnavailable(f"{name} can't be had: {WITHHELD[name]}. Take one of {list(loaders)}")
    if name not in loaders:
        raise ValueError(f"unknown problem {name!r}; choose one of {list(loaders)}")
    return loaders[name](split)


def _scaled(column: np.ndarray) -> np.ndarray:
    # To [0, 1] by the range over all rows; a column of one value becomes 0.
    if not np.isfinite(column).all():
        raise ValueError("a continuous attribute is missing in some rows")
    low, high = column.min(), column.max()
    return (column - low) / (high - low if high > low else 1)


def _split(
    name: str, x: np.ndarray, positive: np.ndarray, values: tuple[int, ...], order: np.ndarray
) -> Problem:
    n = len(x)
    if not TRAIN + CLIMB < n == len(positive):
        raise ValueError(f"{n} rows and {len(positive)} targets are in it")
    if not positive.any() or positive.all():
        raise ValueError("all rows are of one class")
    parts = np.split(order, [TRAIN, TRAIN + CLIMB])
    pairs = [half for part in parts for half in (x[part], positive[part].astype(np.int64))]
    return Problem(name, *pairs, values)
