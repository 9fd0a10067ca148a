"""The figures of the lottery ticket lab (Frankle & Carbin 2018)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from greenlab.lottery import Run
from greenlab.plots import BLUE, GRAY, GREEN, MARKERS, ORANGE, RED, show, spread, whiskers

COLORS = {
    "whole network": GRAY,
    "ticket": BLUE,
    "reinitialized": ORANGE,
    "random mask": GREEN,
    "one shot": BLUE,
    "round by round": RED,
}
TICKS = (100, 51, 21, 7, 3.6, 1.2, 0.5)  # % of the weights, some of the paper's


class Row(Protocol):
    """What a figure reads of a row: see `greenlab.tickets.Row`."""

    kind: str
    round: int
    left: float
    iteration: int
    errors: int


Lines = dict[str, dict[float, list[float]]]


def _lines(rows: Sequence[Row], value: Callable[[Row], float]) -> Lines:
    # By kind, and by the share of weights left in a round, in %: one value for each seed.
    found: Lines = {}
    for kind in dict.fromkeys(row.kind for row in rows):
        own = [row for row in rows if row.kind == kind]
        found[kind] = {}
        for number in sorted({row.round for row in own}):
            seeds = [row for row in own if row.round == number]
            at = 100 * float(np.mean([row.left for row in seeds]))
            found[kind][at] = [value(row) for row in seeds]
    return found


def _weights_axis(ax: Axes, ticks: Sequence[float]) -> None:
    ax.set_xscale("log")
    ax.invert_xaxis()  # as in the paper: pruned further to the right
    ax.set_xticks(ticks, [f"{s:g}" for s in ticks])
    ax.minorticks_off()
    ax.set_xlabel("weights left in %")


def _ranged(values: Sequence[float], digits: int = 0) -> str:
    # The mean of the seeds, and in brackets the lowest and the highest.
    mean, low, high = (f"{value:.{digits}f}" for value in spread(values))
    return mean if low == high else f"{mean} ({low} to {high})"


def tickets(rows: Sequence[Row], n_test: int, title: str = "", save_as: Path | None = None) -> None:
    """Accuracy at early stop, and its iteration, against weights left; a line for each kind.

    Bars reach from the lowest to the highest seed; kinds stand a little side by side, so that
    theirs can be told apart. The whole network is the ticket that nothing was pruned from, its
    mean dashed. `save_as`: also write the picture there.
    """
    fig, axes = plt.subplots(1, 2, figsize=(12, 4.8))
    accuracy = _lines(rows, lambda row: 100 * (1 - row.errors / n_test))
    stops = _lines(rows, lambda row: row.iteration)
    shares = sorted({at for line in accuracy.values() for at in line}, reverse=True)
    ticks = [s for s in TICKS if s >= 0.9 * shares[-1]]
    units = ("accuracy at early stop in %", "iteration of early stop")
    for ax, lines, unit in zip(axes, (accuracy, stops), units, strict=True):
        for i, (kind, line) in enumerate(lines.items()):
            beside = [at * 0.985 ** (i - 1) for at in line]
            whiskers(ax, beside, list(line.values()), marker=MARKERS[i], ms=5, lw=1.8,
                     color=COLORS[kind], label=kind)  # fmt: skip
        ax.axhline(np.mean(lines["ticket"][shares[0]]), color=GRAY, ls="--", lw=1.2,
                   label="whole network")  # fmt: skip
        _weights_axis(ax, ticks)
        ax.set_ylabel(unit)
    axes[0].legend(fontsize=11)
    fig.suptitle(title)
    show(fig, _in_words(accuracy, stops, shares, ticks))
    if save_as is not None:
        fig.savefig(save_as)


def _in_words(
    accuracy: Lines, stops: Lines, shares: Sequence[float], ticks: Sequence[float]
) -> str:
    # What the figure shows at its labeled shares, and which is the smallest ticket that wins.
    def at(kind: str, share: float) -> str:
        reached = _ranged(accuracy[kind][share], 1)
        return f"{reached} at {_ranged(stops[kind][share])}"

    whole, *pruned = shares
    named = [min(pruned, key=lambda s, tick=tick: abs(np.log(s / tick))) for tick in ticks[1:]]
    said = [f"whole network: {at('ticket', whole)}"]
    for kind in accuracy:
        told = [f"{s:.2g}%: {at(kind, s)}" for s in dict.fromkeys(named)]
        said.append(f"{kind} with {', '.join(told)}")
    as_good = [s for s in pruned
               if np.mean(accuracy["ticket"][s]) >= np.mean(accuracy["ticket"][whole])]  # fmt: skip
    sooner = [s for s in pruned if np.mean(stops["ticket"][s]) < np.mean(stops["ticket"][whole])]
    smallest = [f"{min(found):.2g}%" if found else "none that is pruned"
                for found in (as_good, sooner)]  # fmt: skip
    return (
        "accuracy in % at early stop, and the iteration of it; the seeds' mean, in brackets (and "
        f"as bars) the lowest and highest. {'; '.join(said)}. The smallest ticket whose mean "
        f"accuracy is at least the whole network's: {smallest[0]}; the smallest that stops sooner "
        f"on average: {smallest[1]}. The vertical axes do not start at 0."
    )


def learning(
    runs: Mapping[str, Sequence[Run]],
    early_stop: Callable[[Sequence[int], Sequence[float], Sequence[int]], tuple[int, int]],
    n_test: int,
) -> None:
    """Validation loss and test accuracy as networks learn; dots mark early stop.

    `runs` by kind ("whole network", "ticket", …), a run for each seed; `early_stop(iterations,
    losses, errors)` says where each stops, and its errors there.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6))
    words, reached_by = [], []
    for kind, own in runs.items():
        stops = [early_stop(run.iterations, run.losses, run.errors) for run in own]
        curves = [[100 * (1 - errors / n_test) for errors in run.errors] for run in own]
        reached = [100 * (1 - errors / n_test) for _, errors in stops]
        reached_by += reached
        for i, (run, curve, stop) in enumerate(zip(own, curves, stops, strict=True)):
            style = {"color": COLORS[kind], "lw": 1.6, "label": kind if i == 0 else None}
            left.plot(run.iterations, run.losses, **style)
            right.plot(run.iterations, curve, **style)
            place = run.iterations.index(stop[0])
            dot = {"marker": "o", "ms": 9, "color": COLORS[kind], "mec": "black", "zorder": 5}
            left.plot(stop[0], run.losses[place], **dot)
            right.plot(stop[0], curve[place], **dot)
        soon = [curve[0] for curve in curves]
        words.append(
            f"{kind}: {_ranged(soon, 1)} at iteration {own[0].iterations[0]}, "
            f"{_ranged(reached, 1)} at early stop, iteration {_ranged([i for i, _ in stops])}"
        )
    least = [min(run.losses) for own in runs.values() for run in own]
    left.set(xlabel="iteration", ylabel="validation loss", ylim=(0.9 * min(least), 2 * max(least)))
    top = max(reached_by)
    right.set(xlabel="iteration", ylabel="test accuracy in %", ylim=(top - 12, top + 1))
    right.legend(loc="lower right")
    show(
        fig,
        "test accuracy in %, the seeds' mean, in brackets the lowest and highest. "
        f"{'; '.join(words)}. The vertical axes do not start at 0; what is worse is cut off.",
    )


def survivors(start: Tensor, masks: Mapping[str, Tensor], pixels: Tensor) -> None:
    """One layer's first values (θ0) of the weights that masks keep, and where a ticket looks.

    `start` (neurons, 784); `masks` by name, the last one's pixels are drawn, as a share of the
    neurons that look at each; `pixels` (784,): whether training digits ever have ink there.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6), width_ratios=(1.5, 1))
    values, inked = start.detach().cpu(), pixels.cpu().bool()
    span = 3.5 * float(values.std())
    bins = np.linspace(-span, span, 71)
    words = []
    for (name, mask), color in zip(masks.items(), (GRAY, GREEN, BLUE), strict=False):
        keep = mask.cpu().bool() & inked  # the others never learned anything
        kept = values[keep]
        left.hist(kept.numpy(), bins, histtype="step", density=True, lw=2.2, color=color,
                  label=name)  # fmt: skip
        share = float((kept.abs() > values.std()).float().mean())
        words.append(f"{name}: {100 * share:.0f}%")
    left.set(xlabel=r"weight at first, $\theta_0$", ylabel="density", xlim=(-span, span))
    left.legend(fontsize=11)
    name, mask = next(reversed(masks.items()))
    look = 100 * mask.cpu().float().mean(0)
    image = right.imshow(look.view(28, 28).numpy(), cmap="viridis", vmin=0)
    fig.colorbar(image, ax=right, shrink=0.85)
    right.set_title(f"{name}: % of neurons that look at a pixel", fontsize=12)
    right.set_axis_off()
    edge = np.ones((28, 28), bool)
    edge[2:26, 2:26] = False
    shares = look.view(28, 28).numpy()
    show(
        fig,
        "share of the kept weights that were large at first, more than a standard deviation from "
        f"0 (pixels without ink left out): {'; '.join(words)}. In the {name} a pixel of the two "
        f"outer rows and columns is looked at by {shares[edge].mean():.1f}% of the neurons on "
        f"average, any other by {shares[~edge].mean():.1f}%.",
    )
