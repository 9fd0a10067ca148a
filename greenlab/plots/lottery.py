"""The figures of the lottery ticket lab (Frankle & Carbin 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from greenlab.plots import BLUE, GRAY, GREEN, MARKERS, ORANGE, show, spread, whiskers


class Row(Protocol):
    """What a figure reads of a row: see `greenlab.tickets.Row`."""

    kind: str
    round: int
    left: float
    iteration: int
    errors: int


def _lines(rows: Sequence[Row], value: str) -> dict[str, dict[float, list[float]]]:
    # By kind, and by the mean share of weights left in a round: one value for each seed.
    found: dict[str, dict[float, list[float]]] = {}
    for kind in dict.fromkeys(row.kind for row in rows):
        own = [row for row in rows if row.kind == kind]
        found[kind] = {}
        for number in sorted({row.round for row in own}):
            seeds = [row for row in own if row.round == number]
            at = 100 * float(np.mean([row.left for row in seeds]))
            found[kind][at] = [getattr(row, value) for row in seeds]
    return found


def _weights_axis(ax: Axes, shares: Sequence[float]) -> None:
    ax.set_xscale("log")
    ax.invert_xaxis()  # as in the paper: pruned further to the right
    shown = [s for s in (100, 51, 21, 7, 3.6, 1.2, 0.5) if s >= 0.9 * min(shares)]
    ax.set_xticks(shown, [f"{s:g}" for s in shown])
    ax.minorticks_off()
    ax.set_xlabel("weights left in %")


def tickets(rows: Sequence[Row], n_test: int, title: str = "") -> Figure:
    """Accuracy at early stop, and its iteration, against weights left; a line for each kind.

    Bars reach from the lowest to the highest seed. Also draws the whole network's mean, dashed.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8))
    right_share = {
        kind: {at: [100 * (1 - e / n_test) for e in errors] for at, errors in line.items()}
        for kind, line in _lines(rows, "errors").items()
    }
    words = []
    for ax, lines, unit in (
        (left, right_share, "accuracy at early stop in %"),
        (right, _lines(rows, "iteration"), "iteration of early stop"),
    ):
        shares = [at for line in lines.values() for at in line]
        for color, marker, (kind, line) in zip(
            (BLUE, ORANGE, GREEN, GRAY), MARKERS, lines.items(), strict=False
        ):
            whiskers(ax, list(line), list(line.values()), marker=marker, ms=5, lw=1.8,
                     color=color, label=kind)  # fmt: skip
        whole = next((np.mean(line[max(line)]) for line in lines.values()
                      if max(line) > 99.99), None)  # fmt: skip
        if whole is not None:
            ax.axhline(whole, color=GRAY, ls="--", lw=1.2, label="whole network")
        _weights_axis(ax, shares)
        ax.set_ylabel(unit)
    left.legend(fontsize=11)
    fig.suptitle(title)
    for kind, line in right_share.items():
        chosen = [min(line, key=lambda at, want=want: abs(np.log(at / want))) for want in (21, 3.6)]
        said = []
        for at in dict.fromkeys(chosen):
            mean, low, high = spread(line[at])
            when = np.mean(_lines(rows, "iteration")[kind][at])
            said.append(f"{mean:.1f}% ({low:.1f} to {high:.1f}) with {at:.1f}% of the weights, "
                        f"at iteration {when:.0f}")  # fmt: skip
        words.append(f"{kind}: {'; '.join(said)}")
    show(fig, f"accuracy at early stop. {'. '.join(words)}. The left axis does not start at 0.")
    return fig
