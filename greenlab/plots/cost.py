"""The cost lab's figures of what others published (Schwartz, Dodge, Smith, Etzioni 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from greenlab.cost import Compute, Cost, Growth, Published, Surveyed, points_per_tenfold
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, show

# Labels of points: how far from them, in points, and to which side of that place; far ones get a
# leader line.
NAMED = {
    ("AlexNet", "IMAGENET1K_V1"): (9, -4, "left"),
    ("VGG16", "IMAGENET1K_V1"): (9, -4, "left"),
    ("ResNet50", "IMAGENET1K_V1"): (22, -24, "left"),
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


def _label(ax: Axes, text: str, x: float, y: float, place: tuple[float, float, str]) -> None:
    *offset, side = place
    line = {"arrowstyle": "-", "color": GRAY, "shrinkA": 0, "shrinkB": 3}
    ax.annotate(text, (x, y), offset, textcoords="offset points", ha=side, fontsize=11,
                arrowprops=line if max(map(abs, offset)) > 20 else None)  # fmt: skip


def layers(network: str, hand: Mapping[str, int], counted: Cost) -> None:
    """Each layer's share of multiply-adds, by hand and counted, and of the parameters.

    `hand`: multiply-adds by layer, in the order of `counted.layers`; else ValueError. Layers that
    are not convolutions count as fully connected.
    """
    if len(hand) != len(counted.layers):
        raise ValueError(f"{len(hand)} hand counts for {len(counted.layers)} layers")
    macs = np.array([layer.forward_macs for layer in counted.layers])
    params = np.array([layer.params for layer in counted.layers])
    mine = np.array(list(hand.values()), dtype=float)
    rows, total = np.arange(len(hand)), macs.sum()
    size = (11, 1.4 + 0.34 * len(hand))
    fig, (left, right) = plt.subplots(1, 2, figsize=size, sharey=True)
    left.barh(rows, 100 * macs / total, color=BLUE, label="counter")
    left.plot(100 * mine / total, rows, "D", color=ORANGE, ms=6, label="by hand")
    left.set(xlabel="multiply-adds in % of all", ylabel="layer")
    right.barh(rows, 100 * params / params.sum(), color=GREEN)
    right.set(xlabel="parameters in % of all", ylabel="layer")
    left.set_yticks(rows, list(hand))
    left.invert_yaxis()
    left.legend(loc="lower right")
    right.yaxis.label.set_visible(False)
    for ax in (left, right):
        ax.grid(axis="y", visible=False)
    fig.suptitle(f"{network}: {total:,} multiply-adds, {params.sum():,} parameters")
    wrong = [name for name, a, b in zip(hand, mine, macs, strict=True) if a != b]
    agree = f"they differ in {', '.join(wrong)}" if wrong else f"they agree in all {len(hand)}"
    most = ", ".join(name for name, layer in zip(hand, macs, strict=True) if layer == macs.max())
    each = " each" if ", " in most else ""
    large = list(hand)[params.argmax()]
    convolution = np.array(["Conv" in layer.kind for layer in counted.layers])
    show(
        fig,
        f"{network}, layer by layer, by hand and by the counter: {agree}. Convolutions make "
        f"{macs[convolution].sum() / total:.1%} of the multiply-adds, fully connected layers hold "
        f"{params[~convolution].sum() / params.sum():.1%} of the parameters. The largest: {most} "
        f"({macs.max() / total:.0%} of the multiply-adds{each}), {large} "
        f"({params.max() / params.sum():.0%} of the parameters). One image costs {total:,} "
        f"multiply-adds, {2 * total:,} FLOPs.",
    )


def accuracy_against_fpo(models: Sequence[Published], best: Sequence[int]) -> None:
    """Top-1 against the FLOPs of one answer, on a log axis, with the frontier `best` (indices).

    Straight lines are fitted to the whole frontier and to its cheaper and more expensive half.
    """
    fig, ax = plt.subplots(figsize=(10, 5.2))
    flops, top1 = np.array([m.flops for m in models]), np.array([m.top1 for m in models])
    more = np.array(["SWAG" in m.weights for m in models])
    ax.plot(flops[~more], top1[~more], "o", color=GRAY, ms=6, alpha=0.6, label="published model")
    ax.plot(flops[more], top1[more], "D", color=ORANGE, ms=6, label="trained on more images (SWAG)")
    ax.step(flops[best], top1[best], where="post", color=BLUE, label="frontier: beaten by no other")
    ax.plot(flops[best], top1[best], "o", mec=BLUE, mfc="none", ms=10)
    x, y = flops[best], top1[best]
    slopes = ""
    if len(best) > 3:
        half = len(best) // 2
        each = points_per_tenfold(x, y)
        line = y.mean() + each * np.log10(x / np.exp(np.log(x).mean()))
        ax.plot(x, line, color=GREEN, ls="--", label=f"straight line: {each:.1f} for each tenfold")
        slopes = (
            f" A straight line through the frontier rises by {each:.1f} points for each tenfold; "
            f"through its {half} cheapest models, up to {x[half - 1]:.2g} FLOPs, by "
            f"{points_per_tenfold(x[:half], y[:half]):.1f}; through the other {len(best) - half}, "
            f"by {points_per_tenfold(x[half:], y[half:]):.1f}."
        )
    for m in models:
        if (m.model, m.weights) in NAMED:
            _label(ax, m.model, m.flops, m.top1, NAMED[m.model, m.weights])
    ax.set(xscale="log", xlabel="floating point operations for one image (FPO)")
    ax.set_ylabel("top-1 accuracy in %")
    ax.legend(loc="lower right")
    first, last, swag = models[best[0]], models[best[-1]], int(more[best].sum())
    show(
        fig,
        f"{len(models)} models. Along the frontier of {len(best)}, top-1 rises from "
        f"{first.top1:.1f}% ({first.model}) to {last.top1:.1f}% ({last.model}) while the cost of "
        f"one answer grows {_rounded(last.flops / first.flops)}-fold.{slopes} {swag} of the "
        f"frontier's models were trained on more images (SWAG). Each of the other "
        f"{len(models) - len(best)} is beaten: another model costs no more and is at least as "
        "good. The vertical axis does not start at 0.",
    )


def _rounded(factor: float) -> str:
    return f"{float(f'{factor:.2g}'):,.0f}"


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
        ax.plot(row.year, row.pfs_days, marker, mec=color, mfc=inside, mew=2, ms=size, ls="none")
        _label(ax, row.model, row.year, row.pfs_days, MOVED.get(row.model, BESIDE))
    for marker, color, inside, size, name in (
        ("o", BLUE, BLUE, 8, "headline result, the line is theirs"),
        ("o", BLUE, "white", 8, "the same, derived from a ratio"),
        ("s", ORANGE, ORANGE, 6, "modest compute"),
        ("v", ORANGE, ORANGE, 6, "modest compute, less than"),
    ):
        ax.plot([], [], marker, mec=color, mfc=inside, mew=2, ms=size, label=name)
    ax.set(yscale="log", ylabel="training compute in petaflop/s-days", xlabel="year published")
    ax.set_xlim(years.min() - 0.3, years.max() + 0.4)
    ax.legend(loc="upper left", fontsize=11)
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


def survey(rows: Sequence[Surveyed]) -> None:
    """What papers aim at, by conference; a share that the paper doesn't state is left out."""
    fig, ax = plt.subplots(figsize=(8, 4))
    words = []
    for i, row in enumerate(rows):
        told = f"{row.conference} {row.accuracy:g}% accuracy, efficiency "
        words.append(told + ("not stated" if row.efficiency is None else f"{row.efficiency:g}%"))
        for shift, color, share in ((-0.2, BLUE, row.accuracy), (0.2, GREEN, row.efficiency)):
            ax.bar(i + shift, share or 0, 0.38, color=color)
            text = "not\nstated" if share is None else f"{share:g}%"
            _label(ax, text, i + shift, share or 0, (0, 4, "center"))
    ax.bar([0], [0], color=BLUE, label="aim at accuracy")
    ax.bar([0], [0], color=GREEN, label="argue for efficiency")
    ax.set_xticks(range(len(rows)), [row.conference for row in rows])
    ax.set(xlabel="conference", ylabel="papers in %", ylim=(0, 108))
    ax.grid(axis="x", visible=False)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    show(fig, "papers of 2018–19 that aim at each: " + "; ".join(words) + ".")
