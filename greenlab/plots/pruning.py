"""The figures of the pruning studies (Han, Pool, Tran, Dally 2015)."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from greenlab.deploy import Timing, break_even
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, PINK, RED, SKY, show, spread, whiskers
from greenlab.tradeoff import DENSE, LINES, Row

# Color, marker and stroke of each line: dashed without retraining, as far as color alone goes.
STYLES = {
    "L2 no retrain": (SKY, "o", "--"),
    "L1 no retrain": (ORANGE, "s", "--"),
    "L1 retrain": (RED, "D", "-"),
    "L2 retrain": (BLUE, "^", "-"),
    "L2 iterative": (GREEN, "v", "-"),
}


def tradeoff(rows: Sequence[Row], n_test: int) -> Figure:
    """Accuracy lost against parameters pruned away: the paper's five lines, bars over the seeds.

    Lost is counted from the dense networks' mean of the same penalty, in points; the right panel
    shows what is left when the fall of the lines without retraining is cut off. Lines are drawn a
    little side by side, so that their bars can be told apart.
    """
    fig, axes = plt.subplots(1, 2, figsize=(12, 4.6), sharex=True)
    words, least = [], min(100 * (1 - r.density) for r in rows if r.line in LINES)
    for i, line in enumerate(LINES):
        dense = [r.errors for r in rows if r.line == DENSE[line[:2].lower()]]
        levels = sorted({r.density for r in rows if r.line == line}, reverse=True)
        lost = [
            [100 * (np.mean(dense) - r.errors) / n_test
             for r in rows if r.line == line and r.density == d]
            for d in levels
        ]  # fmt: skip
        color, marker, stroke = STYLES[line]
        pruned = [100 * (1 - d) for d in levels]
        beside = [p + 0.3 * (i - len(LINES) // 2) for p in pruned]
        for ax in axes:
            whiskers(ax, beside, lost, color=color, marker=marker, ls=stroke, ms=6, label=line)
        held = [p for p, runs in zip(pruned, lost, strict=True) if spread(runs)[0] >= -0.5]
        most = f"to {max(held):.0f}%" if held else "nowhere"
        words.append(f"{line} {most}")
    for ax in axes:
        ax.axhline(0, color=GRAY, lw=1)
        ax.set(xlim=(least - 2, 100), xlabel="parameters pruned away in %")
    axes[0].set(ylabel="accuracy against dense, in points", title="all")
    axes[1].set(ylim=(-5, 1.2), title="the same, to −5 points")
    axes[0].legend(fontsize=11, loc="lower left")
    seeds = len({r.seed for r in rows})
    show(
        fig,
        f"pruned without losing more than half a point on the mean of {seeds} seeds: "
        f"{'; '.join(words)}. Bars go from the lowest to the highest seed.",
    )
    return fig


def runtime(timings: Sequence[Timing], title: str = "") -> Figure:
    """Time against dense by sparsity, a panel a batch size; stars mark the measured break-evens."""
    batches = sorted({t.batch for t in timings})
    fig, axes = plt.subplots(1, len(batches), figsize=(6 * len(batches), 4.6), squeeze=False)
    colors = {"masked dense": GRAY, "scipy CSR": ORANGE, "torch CSR": BLUE, "slim dense": GREEN,
              "int8": PINK}  # fmt: skip
    words, sparsest = [], max(t.sparsity for t in timings)
    told = {}
    for ax, batch in zip(axes[0], batches, strict=True):
        for marker, (form, color) in zip("xos^v", colors.items(), strict=True):
            own = sorted(
                (t for t in timings if t.form == form and t.batch == batch),
                key=lambda t: t.sparsity,
            )
            if not own:
                continue
            at = [t.sparsity for t in own]
            if at[-1] == sparsest:
                told.setdefault(batch, []).append(f"{form} {own[-1].ratio:.2g}×")
            percent = [100 * s for s in at]
            means, lows, highs = np.array([(t.ratio, min(t.ratios), max(t.ratios)) for t in own]).T
            bars = [means - lows, highs - means]
            ax.errorbar(
                percent, means, yerr=bars, color=color, marker=marker, ms=6, capsize=3, label=form
            )
            if form.endswith("CSR"):
                even = break_even(at, means)
                words.append(f"{form}, batch {batch}: {_when(even, at)}")
                if even is not None and even > at[0]:
                    ax.plot(100 * even, 1, marker="*", ms=17, color=color, mec="black", zorder=5)
        ax.axhline(1, color="black", lw=1)
        ax.set_yscale("log")
        ticks = [0.03, 0.1, 0.3, 1, 3, 10, 30]
        ax.set_yticks(ticks, [f"{t:g}×" for t in ticks])
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.set(xlabel="weights pruned away in %", title=f"{title} batch {batch}".strip())
    axes[0, 0].set_ylabel("time against dense (log)")
    axes[0, -1].legend(fontsize=11)
    ends = [f"batch {batch}: {', '.join(each)}" for batch, each in told.items()]
    show(
        fig,
        f"faster than dense, marked by stars: {'; '.join(words)}. Times of dense's time with "
        f"{100 * sparsest:g}% pruned (below 1× is faster): {'; '.join(ends)}.",
    )
    return fig


def _when(even: float | None, at: Sequence[float]) -> str:
    if even is None:
        return f"not up to {100 * at[-1]:g}% pruned"
    start = "already at" if even == at[0] else "from"
    return f"{start} {100 * even:.0f}% pruned"
