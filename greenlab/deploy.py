"""What pruning buys when a network runs: seconds and joules of sparse, slim and small forms.

A mask alone buys nothing: a dense product multiplies the zeros too ("masked dense" below). To run
faster, the zeros must not be stored (CSR), whole neurons must go (slim), or weights must get
narrower (int8). Which pays from which sparsity on depends on the machine, the layer and the batch:
it is measured here, never assumed. Sparsity is the share that is pruned, 1 − density.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import torch
from torch import Tensor, nn

from greenlab import prune
from greenlab.energy import Meter, Reading
from greenlab.forms import forms

Form = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Timing:
    """One form at one batch: a call's readings, round by round, and the dense form's seconds."""

    form: str
    sparsity: float
    batch: int
    rounds: tuple[Reading, ...]
    dense: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Median seconds of a call."""
        return median(reading.seconds for reading in self.rounds)

    @property
    def ratios(self) -> tuple[float, ...]:
        """This form's time over the dense form's in the same round: below 1 is faster."""
        return tuple(r.seconds / d for r, d in zip(self.rounds, self.dense, strict=True))

    @property
    def ratio(self) -> float:
        """The median of `ratios`."""
        return median(self.ratios)

    @property
    def reading(self) -> Reading:
        """The reading of the median round; its joules may be estimated or unavailable."""
        return sorted(self.rounds, key=lambda r: r.seconds)[len(self.rounds) // 2]


def measure(
    made: Mapping[str, Form],
    x: Tensor,
    sparsity: float = 0.0,
    seconds: float = 0.2,
    rounds: int = 3,
) -> list[Timing]:
    """Time and joules of each form's call on `x` (batch, …), the forms taking turns.

    `made` must hold "dense". In each round every form runs for `seconds`, so that what else the
    machine does meets them all. Raises KeyError without a dense form, ValueError as
    `Meter.repeat` does.
    """
    made["dense"]
    taken: dict[str, list[Reading]] = {name: [] for name in made}
    with torch.inference_mode():
        for _ in range(rounds):
            for name, form in made.items():
                repeated = Meter.repeat(lambda form=form: form(x), seconds, rounds=1, name=name)
                taken[name].append(repeated.per_call)
    dense = tuple(reading.seconds for reading in taken["dense"])
    return [
        Timing(name, sparsity, len(x), tuple(readings), dense) for name, readings in taken.items()
    ]


def sweep(
    inputs: int,
    outputs: int,
    sparsities: Sequence[float],
    batch: int,
    generator: torch.Generator,
    **options: float,
) -> list[Timing]:
    """All forms of one linear layer, pruned by magnitude to each sparsity, against dense.

    `options`: seconds and rounds of `measure`. Weights and inputs are drawn from `generator`.
    """
    layer = nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.weight.normal_(std=inputs**-0.5, generator=generator)
        layer.bias.zero_()
    x = torch.rand(batch, inputs, generator=generator)
    timings = []
    for sparsity in sparsities:
        masks = prune.by_magnitude(layer, 1 - sparsity)
        timings += measure(forms(layer, masks, (1, inputs)), x, sparsity, **options)
    return timings


def break_even(sparsities: Sequence[float], ratios: Sequence[float]) -> float | None:
    """The sparsity from which on a form is faster than dense: where its time ratio falls to 1.

    Interpolated between the last that is slower and the next, the ratio on a log scale. None when
    the sparsest is slower; the least sparse when all are faster. Raises ValueError for sparsities
    that don't rise, ratios not above 0, or uneven lengths.
    """
    if len(sparsities) != len(ratios) or len(ratios) == 0 or not all(r > 0 for r in ratios):
        raise ValueError("break_even needs as many ratios, above 0, as sparsities")
    if any(b <= a for a, b in pairwise(sparsities)):
        raise ValueError(f"sparsities must rise, got {list(sparsities)}")
    slower = [i for i, ratio in enumerate(ratios) if ratio >= 1]
    if not slower:
        return sparsities[0]
    i = slower[-1]
    if i == len(ratios) - 1:
        return None
    a, b = math.log(ratios[i]), math.log(ratios[i + 1])
    return sparsities[i] + (sparsities[i + 1] - sparsities[i]) * a / (a - b)
