"""The price of a result, Cost(R) ∝ E · D · H (Schwartz, Dodge, Smith, Etzioni 2019, Equation 1).

E is the cost of processing one (E)xample (`count` gives multiply-adds and FLOPs of a network), D
the size of the training (D)ataset, H the number of (H)yperparameter experiments.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import inf, isfinite
from pathlib import Path
from typing import TypeVar

from greenlab.flops import Cost, Layer, conv_macs, count
from greenlab.installed import reinstall
from greenlab.studies import (
    Growth,
    PowerLaw,
    best_band,
    best_of,
    doubling_months,
    doubling_time,
    expected_best,
    frontier,
    learning_curve,
    points_per_tenfold,
    power_law,
)

__all__ = [
    "PFS_DAY",
    "Compute",
    "Cost",
    "Growth",
    "Layer",
    "PowerLaw",
    "Published",
    "Surveyed",
    "best_band",
    "best_of",
    "conv_macs",
    "cost_to_reach",
    "count",
    "doubling_months",
    "doubling_time",
    "edh",
    "efficiency_survey",
    "expected_best",
    "flops_to_train",
    "frontier",
    "imagenet_models",
    "learning_curve",
    "points_per_tenfold",
    "power_law",
    "training_compute",
    "training_flops",
]

Row = TypeVar("Row")

PFS_DAY = 1e15 * 86_400  # operations in a petaflop/s-day (AI and Compute, OpenAI 2018)


@dataclass(frozen=True)
class Published:
    """A published ImageNet model: top-1 and top-5 in %, multiply-adds × 10⁹ for one image."""

    model: str
    weights: str
    params: int
    gmacs: float
    top1: float
    top5: float
    crop: int

    @property
    def flops(self) -> float:
        """Floating point operations (FPO) for one image: 2 for each multiply-add."""
        return 2e9 * self.gmacs


@dataclass(frozen=True)
class Compute:
    """What training a published result took, with its source; all are approximate."""

    model: str
    published: str  # year-month
    pfs_days: float
    method: str  # counted, GPU time, estimated, upper bound, derived
    kind: str  # headline, modest
    calculation: str
    paper: str

    @property
    def year(self) -> float:
        """The middle of the month of publication, in years."""
        year, month = map(int, self.published.split("-"))
        return year + (month - 0.5) / 12

    @property
    def flops(self) -> float:
        """Floating point operations of the training."""
        return PFS_DAY * self.pfs_days


@dataclass(frozen=True)
class Surveyed:
    """What a conference's papers aim at (Schwartz 2019), in % of them; None: not stated."""

    conference: str
    accuracy: float
    efficiency: float | None


def imagenet_models() -> list[Published]:
    """The table of the data card imagenet_models. RuntimeError: the file is broken."""
    return _rows("imagenet_models.csv", Published)


def training_compute() -> list[Compute]:
    """The table of the data card training_compute. RuntimeError: the file is broken."""
    return _rows("training_compute.csv", Compute)


def efficiency_survey() -> list[Surveyed]:
    """The table of the data card efficiency_survey. RuntimeError: the file is broken."""
    return _rows("efficiency_survey.csv", Surveyed)


def _rows(name: str, kind: type[Row]) -> list[Row]:
    path = Path(str(files("greenlab"))) / "data" / name
    known = {"int": int, "float": float, "float | None": lambda cell: float(cell) if cell else None}
    casts = [known.get(note, str) for note in kind.__annotations__.values()]
    try:
        with path.open(encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        if header != list(kind.__annotations__) or not rows:
            raise ValueError(f"its columns are {header}")
        return [kind(*(cast(cell) for cast, cell in zip(casts, row, strict=True))) for row in rows]
    except (OSError, ValueError) as error:
        raise RuntimeError(f"{path} can't be read: {error}. {reinstall(path)}") from error


def edh(example: float, data: float, hyper: float) -> float:
    """E · D · H (Equation 1): cost of one example × examples in the data × experiments.

    The unit is E's: with E in FLOPs and D counting each epoch's examples, H trainings' FLOPs.
    The equation says "proportional to": compare two results by the ratio of their products.
    Raises ValueError unless all three are positive and finite.
    """
    for name, value in (("example", example), ("data", data), ("hyper", hyper)):
        if not (value > 0 and isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return example * data * hyper


def training_flops(cost: Cost, examples: int, epochs: float, batch: int = 1) -> float:
    """FLOPs of one training run: those of a batch, forward and backward, for every example.

    `cost`: of one call on `batch` examples, counted with `backward=True`; else ValueError.
    """
    if cost.backward_macs is None:
        raise ValueError("training goes backward too: count(model, inputs, backward=True)")
    return edh(cost.flops / batch, examples, epochs)


def flops_to_train(forward_macs: Sequence[float], examples: int, epochs: float) -> float:
    """FLOPs of one training run, by hand: 2 · (forward + backward) · examples · epochs.

    `forward_macs`: one example's multiply-adds in each layer, the first layer first. Backward, each
    layer costs twice that, once for the gradient of its weights and once for that of its inputs;
    the first layer's inputs are the data, which need none. Raises ValueError for no layers.
    """
    if not len(forward_macs):
        raise ValueError("a network needs a layer")
    return edh(2 * (3 * sum(forward_macs) - forward_macs[0]), examples, epochs)


def cost_to_reach(
    target: float, scores: Sequence[float], example: float, data: float, most: int = 1000
) -> float:
    """E · D · H of a result: H is how many trials it takes until their expected best is `target`.

    `scores`: of the trials that were run, higher is better. Infinite where `most` trials can't be
    expected to reach it. Raises ValueError as `expected_best` and `edh` do.
    """
    hyper = 1 + bisect_left(range(1, most + 1), target, key=lambda n: expected_best(n, scores))
    return edh(example, data, hyper) if hyper <= most else inf
