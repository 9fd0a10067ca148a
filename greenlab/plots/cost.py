"""The figures of the cost lab (Schwartz, Dodge, Smith, Etzioni 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from greenlab.cost import (
    Compute,
    Growth,
    PowerLaw,
    Published,
    best_band,
    expected_best,
    points_per_tenfold,
)
from greenlab.plots import BLUE, GRAY, GREEN, MARKERS, ORANGE, show

# Labels of points: how far from them, in points, and to which side of that place.
NAMED = {
    ("AlexNet", "IMAGENET1K_V1"): (9, -4, "left"),
    ("VGG16", "IMAGENET1K_V1"): (9, -4, "left"),
    ("ResNet50", "IMAGENET1K_V1"): (8, -13, "left"),
    ("EfficientNet_B0", "IMAGENET1K_V1"): (-9, 8, "right"),
    ("ViT_H_14", "IMAGENET1K_SWAG_E2E_V1"): (6, -22, "right"),
}
BESIDE = (9, -4, "left")
MOVED = {
    "VGG": (-9, 2, "right"),
    "Seq2Seq": (9, -12, "left"),
    "Visualizing ConvNets": (-6, 8, "right"),
    "Word2Vec": (8, 3, "left"),
    "Adam": (8, 3, "left"),
    "Neural Machine Translation": (-9, -4, "right"),
    "Neural Architecture Search": (-9, -4, "right"),
    "AlphaGo Zero": (-9, -4, "right"),
}
COLORS = (BLUE, ORANGE, GREEN)


def _label(ax: Axes, text: str, x: float, y: float, place: tuple[float, float, str]) -> None:
    *offset, side = place
    ax.annotate(text, (x, y), offset, textcoords="offset points", ha=side, fontsize=11)


def accuracy_against_fpo(models: Sequence[Published], best: Sequence[int]) -> None:
    """Top-1 against the FLOPs of one answer, on a log axis, with the frontier `best` (indices)."""
    fig, ax = plt.subplots(figsize=(10, 5.2))
    flops, top1 = np.array([m.flops for m in models]), np.array([m.top1 for m in models])
    more = np.array(["SWAG" in m.weights for m in models])
    ax.plot(flops[~more], top1[~more], "o", color=GRAY, ms=6, alpha=0.6, label="published model")
    ax.plot(flops[more], top1[more], "D", color=ORANGE, ms=6, label="trained on more images (SWAG)")
    ax.step(
        flops[best], top1[best], where="post", color=BLUE, label="frontier: none cheaper is as good"
    )
    ax.plot(flops[best], top1[best], "o", mec=BLUE, mfc="none", ms=10)
    for m in models:
        if (m.model, m.weights) in NAMED:
            _label(ax, m.model, m.flops, m.top1, NAMED[m.model, m.weights])
    ax.set(xscale="log", xlabel="floating point operations for one image (FPO)")
    ax.set_ylabel("top-1 accuracy in %")
    ax.legend(loc="lower right")
    first, last = best[0], best[-1]
    slope = ""
    if len(best) > 1:
        each = points_per_tenfold(flops[best], top1[best])
        slope = f", {each:.1f} points for each tenfold"
    show(
        fig,
        f"{len(models)} models. Along the frontier of {len(best)}, top-1 rises from "
        f"{top1[first]:.1f}% ({models[first].model}) to {top1[last]:.1f}% ({models[last].model}) "
        f"while the cost of one answer grows {flops[last] / flops[first]:,.0f}-fold{slope}. The "
        f"other {len(models) - len(best)} cost more than a model at least as good. The vertical "
        "axis does not start at 0.",
    )


def learning_curve(
    sizes: Sequence[float], errors: Sequence[float], law: PowerLaw, unit: str = "error in %"
) -> None:
    """Errors against the number of examples with the fitted power law, and what it leaves."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.4), width_ratios=(1.7, 1))
    low, high = min(sizes), max(sizes)
    inside, beyond = np.geomspace(low, high, 100), np.geomspace(high, 4 * high, 50)
    left.plot(inside, law(inside), color=BLUE, label="fitted power law")
    left.plot(beyond, law(beyond), color=BLUE, ls=":", label="beyond the data: a guess")
    left.axhline(law.asymptote, color=GRAY, ls="--", label=f"asymptote {law.asymptote:.3g}")
    left.plot(sizes, errors, "o", color=ORANGE, label="your runs")
    left.set(xscale="log", xlabel="training examples", ylabel=unit)
    left.set_ylim(bottom=0)
    left.legend()
    right.axhline(0, color=GRAY, lw=1.5)
    right.vlines(sizes, 0, law.residuals, color=ORANGE)
    right.plot(sizes, law.residuals, "o", color=ORANGE)
    right.set(xscale="log", xlabel="training examples", ylabel="run − curve")
    for ax in (left, right):
        ax.set_xticks(sorted(set(sizes)), [f"{n:,.0f}" for n in sorted(set(sizes))], rotation=45)
        ax.minorticks_off()
    right.set_title("What the curve leaves")
    show(
        fig,
        f"the curve is {law.scale:.3g} · n^(−{law.exponent:.2f}) + {law.asymptote:.3g}. From "
        f"{low:,.0f} to {high:,.0f} examples it falls from {law(low):.3g} to {law(high):.3g}; "
        f"twice as many would bring it to {law(2 * high):.3g} if it went on like this. No run is "
        f"farther from it than {np.abs(law.residuals).max():.2g}.",
    )


def best_of_trials(
    scores: Mapping[str, Sequence[float]], unit: str, replacement: bool = True, share: float = 0.8
) -> None:
    """Expected best of n random trials for each kind of model, with a band (Dodge et al. 2019).

    Higher scores are better.
    """
    fig, ax = plt.subplots(figsize=(10, 4.8))
    words = []
    for color, marker, (name, runs) in zip(COLORS, MARKERS, scores.items(), strict=False):
        ns = np.arange(1, len(runs) + 1)
        means = [expected_best(int(n), runs, replacement) for n in ns]
        lows, highs = zip(*(best_band(int(n), runs, replacement, share) for n in ns), strict=True)
        ax.fill_between(ns, lows, highs, color=color, alpha=0.18, lw=0)
        ax.plot(ns, means, marker=marker, ms=5, color=color, label=name)
        words.append(
            f"{name}: one trial gives {means[0]:.4g} on average, the best of {len(runs)} "
            f"{means[-1]:.4g}; the best that was seen is {max(runs):.4g}"
        )
    ax.set(xlabel="random trials n (H)", ylabel=f"expected best {unit}")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="lower right", title=f"band: {share:.0%} of cases")
    show(fig, "; ".join(words) + ". The vertical axis does not start at 0.")


def compute_trend(rows: Sequence[Compute], growth: Growth) -> None:
    """Training compute of known results on a log axis, with the line `growth` of the headlines.

    Modest results are drawn, the growth is not theirs.
    """
    fig, ax = plt.subplots(figsize=(11, 5.6))
    headline = [row for row in rows if row.kind == "headline"]
    modest = [row for row in rows if row.kind == "modest"]
    years = np.array([row.year for row in headline])
    t = np.linspace(years.min(), years.max(), 2)
    ax.plot(t, growth(t), color=BLUE, label=f"doubles every {growth.months:.1f} months")
    moore = growth(t[0]) * 2 ** ((t - t[0]) / 2)
    ax.plot(t, moore, color=GRAY, ls="--", label="doubling every 2 years (Moore)")
    for row in rows:
        color, size = (BLUE, 8) if row.kind == "headline" else (ORANGE, 6)
        marker = {"upper bound": "v"}.get(row.method, "o" if color == BLUE else "s")
        inside = "white" if row.method == "derived" else color
        ax.plot(row.year, row.pfs_days, marker, mec=color, mfc=inside, mew=2, ms=size)
        text = f"{row.model} (derived)" if row.method == "derived" else row.model
        _label(ax, text, row.year, row.pfs_days, MOVED.get(row.model, BESIDE))
    ax.plot([], [], "s", color=ORANGE, ms=6, label="modest compute (▾ less than)")
    ax.set(yscale="log", ylabel="training compute in petaflop/s-days", xlabel="year published")
    ax.set_xlim(years.min() - 0.3, years.max() + 0.4)
    ax.legend(loc="upper left")
    low, high = min(headline, key=lambda r: r.year), max(headline, key=lambda r: r.year)
    upper = f"{growth.high:.1f}" if np.isfinite(growth.high) else "never"
    show(
        fig,
        f"from {low.model} ({low.published}) to {high.model} ({high.published}) the training "
        f"compute of {growth.points} known results doubled every {growth.months:.1f} months "
        f"({growth.level:.0%} interval {growth.low:.1f} to {upper}); the post AI and Compute says "
        f"3.4 for its own points. Doubling every 2 years would have made it "
        f"{2 ** ((high.year - low.year) / 2):.1f}-fold. Every amount is approximate. "
        f"{len(modest)} other results took modest compute.",
    )


def accuracy_against_edh(
    series: Mapping[str, Sequence[tuple[float, float]]], unit: str = "accuracy in %"
) -> None:
    """Accuracy against E · D · H on a log axis: a line for each factor that was raised.

    `series`: (E · D · H, accuracy) pairs by what was raised.
    """
    fig, ax = plt.subplots(figsize=(10, 4.8))
    words = []
    for color, marker, (name, pairs) in zip(COLORS, MARKERS, series.items(), strict=False):
        costs, values = np.array(sorted(pairs), dtype=float).T
        ax.plot(costs, values, marker=marker, color=color, label=name)
        each = points_per_tenfold(costs, values)
        words.append(
            f"{name}: from {values[0]:.1f} to {values[-1]:.1f} for {costs[-1] / costs[0]:,.0f} "
            f"times the cost, {each:.1f} for each tenfold"
        )
    ax.set(xscale="log", xlabel="E · D · H in floating point operations", ylabel=unit)
    ax.legend(loc="lower right")
    show(fig, f"{unit}. " + "; ".join(words) + ". The vertical axis does not start at 0.")
