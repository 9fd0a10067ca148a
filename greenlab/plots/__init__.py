"""The figure style, and what the figures of all labs share. Figures print what they show."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's color-blind safe palette, the pale yellow left out.
BLUE, ORANGE, GREEN, PINK, SKY, RED, GRAY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#6E6E6E",
)
MARKERS = "osD^v"


def use_style() -> None:
    """Set matplotlib to the labs' style: opaque, color-blind safe, readable on a projector."""
    mpl.rcParams.update(
        {
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "axes.facecolor": "white",
            "figure.dpi": 96,
            "figure.figsize": (9, 4.2),
            "figure.constrained_layout.use": True,
            "font.size": 13,
            "axes.titlesize": 14,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#DDDDDD",
            "lines.linewidth": 2.2,
            "lines.markersize": 8,
            "legend.frameon": False,
            "axes.prop_cycle": mpl.cycler(color=[BLUE, ORANGE, GREEN, PINK, SKY, RED]),
        }
    )


def show(fig: Figure, words: str) -> None:
    """Display the figure (in a notebook, once) and print its message in words below it.

    The words are for those who can't see the figure, and for those who want it short.
    """
    if get_ipython() is not None:
        display(fig)
        plt.close(fig)
    print(textwrap.fill(f"In words: {words}", 96))


def spread(counts: Sequence[float]) -> tuple[float, float, float]:
    """Mean, lowest and highest of several seeds' counts."""
    return float(np.mean(counts)), float(np.min(counts)), float(np.max(counts))


def average(runs: Sequence[float]) -> str:
    """The mean of several seeds with one decimal; a single value as it is."""
    return f"{np.mean(runs):.1f}" if len(runs) > 1 else f"{runs[0]:g}"


def whiskers(ax: Axes, x: Sequence[float], runs: Sequence[Sequence[float]], **style) -> None:
    """A line through the means of `runs`, with bars from the lowest to the highest seed."""
    means, lows, highs = np.array([spread(run) for run in runs]).T
    # Of equal seeds, the rounded mean may lie just beyond them: no bar, not a negative one.
    bars = np.maximum([means - lows, highs - means], 0)
    ax.errorbar(x, means, yerr=bars, capsize=4, **style)


def bars(ax: Axes, values: Mapping[str, Sequence[float]], colors: Sequence[str], unit: str) -> None:
    """Labeled bars of the means in turning colors; whiskers and dots show the seeds."""
    for i, (runs, color) in enumerate(zip(values.values(), cycle(colors), strict=False)):
        mean, low, high = spread(runs)
        ax.bar(i, mean, color=color, width=0.62)
        if len(runs) > 1:
            ax.plot([i, i], [low, high], color="black", lw=1.5)
            ax.plot([i] * len(runs), runs, ".", color="black", ms=6)
        ax.annotate(average(runs), (i, high), (0, 4), textcoords="offset points", ha="center")
    ax.set_xticks(range(len(values)), list(values))
    ax.set_ylabel(unit)
    ax.grid(axis="x", visible=False)
    ax.margins(y=0.12)
