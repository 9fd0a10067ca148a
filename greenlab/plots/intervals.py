"""The carbon lab's figures of intervals: hours behind printed numbers, and a meter's readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from greenlab import carbon
from greenlab.energy import Reading
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, RED, show

CELLS = ("{:,} kWh", "{:,} lb", "${:,}", "${:,}")
PUZZLES = ("BERT base, V100x64", "NAS, TPUv2x1")  # the rows of Table 3 that don't reproduce


def hours_behind(
    cost: Callable = carbon.training_cost, behind: Callable = carbon.hours_behind
) -> None:
    """For the rows of Table 3 that don't reproduce: which hours each printed number allows.

    `cost` gives what an hour makes, `behind` the lowest and highest hours behind a printed number.
    """
    fig, axes = plt.subplots(1, 2, figsize=(12, 3.8))
    words = []
    for ax, name in zip(axes, PUZZLES, strict=True):
        run = next(run for run in carbon.RUNS if run.name == name)
        rates = cost(run.watts or 0, 1, run.device, run.devices)
        printed = (run.kwh, run.lb, *run.usd)
        spans = {
            text.format(number): behind(number, rate)
            for text, number, rate in zip(CELLS, printed, rates, strict=True)
            if number is not None
        }
        for y, (low, high) in enumerate(spans.values()):
            ax.plot([low, high], [y, y], color=BLUE, lw=9, solid_capstyle="butt")
        low, high = max(s[0] for s in spans.values()), min(s[1] for s in spans.values())
        ax.axvspan(run.hours - 0.5, run.hours + 0.5, color=ORANGE, alpha=0.25, lw=0)
        ax.axvline(run.hours, color=RED, lw=2)
        text, where = f"printed: {run.hours:,} h", (run.hours, -0.75)
        ax.annotate(text, where, (6, 0), textcoords="offset points", va="center", color=RED)
        ax.set_yticks(range(len(spans)), list(spans))
        ax.set_ylim(len(spans) - 0.4, -1.2)
        ax.set(xlabel="hours", title=name)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_major_formatter("{x:,g}")
        ax.grid(axis="y", visible=False)
        ends = [run.hours, *(end for span in spans.values() for end in span)]
        margin = 0.15 * (max(ends) - min(ends))
        ax.set_xlim(min(ends) - margin, max(ends) + margin)
        if low <= high:
            near = run.hours - 0.5 <= low <= high <= run.hours + 0.5
            verb = "rounds" if near else "does not round"
            text = f"all printed numbers allow {low:,.3f} to {high:,.3f} h, which {verb} to"
        else:
            text = "no hours lead to all printed numbers, nor to"
        words.append(f"{name}: {text} the printed {run.hours:,} h")
    handles = [
        plt.Line2D([], [], color=BLUE, lw=9, label="hours that this number allows"),
        plt.Rectangle((0, 0), 1, 1, color=ORANGE, alpha=0.25, label="rounds to the printed hours"),
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=12)
    show(fig, f"{'. '.join(words)}.")


def repetition(windows: Mapping[str, tuple[Reading, ...]]) -> None:
    """Joules of one run, by how it was metered: dots are the rounds, bars the readings' bounds.

    `windows`: for each way the readings of its rounds, a run's share each. What is unavailable is
    said, not drawn.
    """
    rounds = {k: [r.interval for r in v if r.interval is not None] for k, v in windows.items()}
    methods = sorted({r.method for v in windows.values() for r in v})
    known = {name: values for name, values in rounds.items() if values}
    if not known:
        print("In words: the energy is unavailable on this machine, so there is nothing to draw.")
        return
    fig, ax = plt.subplots(figsize=(10, 4.4))
    words = []
    for x, (name, values) in enumerate(known.items()):
        low, high = min(v.low for v in values), max(v.high for v in values)
        best = [v.best for v in values]
        color = GREEN if x else GRAY
        ax.plot([x, x], [low, high], color=color, lw=10, alpha=0.35, solid_capstyle="butt")
        aside = 0.06 * (np.arange(len(best)) - (len(best) - 1) / 2)  # else one dot hides another
        ax.plot(x + aside, best, "o", color="black", ms=6)
        ax.annotate(
            f"{low:.2g} to {high:.2g} J",
            (x, high),
            (0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=12,
        )
        apart = f", best guesses from {min(best):.3g} to {max(best):.3g} J" if best[1:] else ""
        words.append(f"{name.replace(chr(10), ' ')}: {low:.2g} to {high:.2g} J{apart}")
    ax.set_xticks(range(len(known)), list(known))
    ax.set(ylabel="joules for one run", xlim=(-0.6, len(known) - 0.4))
    least = min(v.low for values in known.values() for v in values)
    most = max(v.high for values in known.values() for v in values)
    if least > 0:  # the first run can be many times the later ones
        ax.set(yscale="log", ylim=(least / 2, most * 2), ylabel="joules for one run, log axis")
        ax.yaxis.set_major_formatter("{x:g}")
    else:
        ax.set_ylim(top=1.2 * most)
    ax.grid(axis="x", visible=False)
    ax.set_title(f"One training run ({', '.join(methods)}): dots, rounds; bars, bounds")
    show(fig, f"{'; '.join(words)}. How the joules are known: {', '.join(methods)}.")
