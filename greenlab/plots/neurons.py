"""The pruning lab's figures of weights, connections and neurons (Han et al. 2015)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch import Tensor

from greenlab.plots import BLUE, GRAY, GREEN, MARKERS, ORANGE, RED, show

LIGHT = "#BBBBBB"


def layer(w: Tensor) -> str:
    """A fully connected layer by its neurons, "784 → 300"."""
    return f"{w.shape[1]} → {w.shape[0]}"


def _histogram(ax: Axes, w: Tensor, mask: Tensor, span: float) -> None:
    values = w.detach().cpu()
    bins = np.linspace(-span, span, 81)
    keep = mask.cpu().bool()
    parts = [values[keep].numpy(), values[~keep].numpy()]
    ax.hist(parts, bins, stacked=True, color=[BLUE, LIGHT], label=["kept", "pruned"])
    ax.set(xlabel="weight", xlim=(-span, span))
    ax.grid(axis="x", visible=False)


def threshold_panel(
    ws: Mapping[str, Tensor],
    masks: Mapping[str, Tensor],
    quality: float,
    curve: Sequence[tuple[float, float]],
    now: tuple[float, float],
) -> Figure:
    """Each layer's weights, kept and pruned, and errors against density, one point marked.

    `curve` and `now`: (density, error) in %.
    """
    fig, axes = plt.subplots(1, len(ws) + 1, figsize=(13, 3.6))
    for ax, (name, w) in zip(axes, ws.items(), strict=False):
        _histogram(ax, w, masks[name], 4 * float(w.detach().std()))
        kept = 100 * float(masks[name].float().mean())
        ax.set_title(f"{layer(w)}: {kept:.1f}% kept", fontsize=12)
    axes[0].legend(fontsize=11, loc="upper left")
    axes[0].set_ylabel("weights")
    density, error = zip(*curve, strict=True)
    axes[-1].plot(density, error, color=GRAY, lw=1.5)
    axes[-1].plot(*now, marker="o", ms=11, color=RED)
    axes[-1].set(xlabel="% of all weights kept", ylabel="test error in %", xlim=(102, -2), ylim=0)
    fig.suptitle(f"quality {quality:g}: {in_short(now)}")
    return fig


def in_short(now: tuple[float, float]) -> str:
    """A pruned network in words: `now` is % of all weights kept, and % of errors."""
    return f"{now[0]:.1f}% of all weights kept, {now[1]:.1f}% test errors"


def sensitivities(
    densities: Sequence[float], errors: Mapping[str, Sequence[float]], dense: float
) -> None:
    """Test error in % with one layer at a time pruned to each density, no retraining (Figure 6)."""
    fig, ax = plt.subplots()
    pruned = [100 * (1 - density) for density in densities]
    for marker, (name, values) in zip(MARKERS, errors.items(), strict=False):
        ax.plot(pruned, values, marker=marker, label=name)
    ax.axhline(dense, color=GRAY, ls="--", lw=1.5, label="nothing pruned")
    ax.set(xlabel="% of this layer's weights pruned away", ylabel="test error in %", ylim=0)
    ax.legend(title="pruned layer")
    words = [
        f"{name}: {values[-1]:.1f}% errors with {pruned[-1]:g}% of the layer gone"
        for name, values in errors.items()
    ]
    show(fig, "; ".join(words) + f"; {dense:.1f}% with nothing pruned. No retraining.")


def distributions(stages: Mapping[str, tuple[Tensor, Tensor]], name: str) -> None:
    """One layer's weights at several stages, each (weights, mask): kept ones alone after the first.

    Han's histograms (Figure 7): the kept weights come from the two tails, and spread when
    retrained.
    """
    fig, axes = plt.subplots(1, len(stages), figsize=(12, 3.8))
    first = next(iter(stages.values()))[0]
    later = [w.detach()[mask.bool()] for w, mask in list(stages.values())[1:]]
    span = max([4 * float(first.detach().std()), *(float(w.abs().quantile(0.995)) for w in later)])
    words = []
    for ax, (title, (w, mask)) in zip(axes, stages.items(), strict=True):
        keep = mask.cpu().bool()
        values = w.detach().cpu()[keep]
        ax.hist(values.numpy(), np.linspace(-span, span, 81), color=BLUE)
        ax.set(xlabel="weight", xlim=(-span, span), title=title)
        ax.grid(axis="x", visible=False)
        sizes = values.abs()
        small = float((sizes < float(first.detach().std()) / 2).float().mean())
        words.append(
            f"{title}: {len(values):,} weights, of mean magnitude {float(sizes.mean()):.2g}, "
            f"{100 * small:.0f}% of them near zero"
        )
    axes[0].set_ylabel("weights")
    near = "near zero is within half the standard deviation at first"
    show(fig, f"layer {name}. " + "; ".join(words) + f" ({near}). The vertical axes differ.")


def synapses(stages: Mapping[str, Sequence[Tensor]]) -> None:
    """A small network's connections and neurons at several stages, the lecture's picture.

    Each stage: masks of a chain of fully connected layers, (outputs, inputs). Hollow neurons have
    no inputs or no outputs left. Of the first layer it draws how many inputs each neuron keeps.
    """
    fig, axes = plt.subplots(1, len(stages), figsize=(13, 4.6))
    words = []
    for ax, (title, masks) in zip(axes, stages.items(), strict=True):
        masks = [mask.cpu().bool() for mask in masks]
        sizes = [len(mask) for mask in masks]
        height = [np.linspace(1, 0, n + 2)[1:-1] for n in sizes]
        for i, mask in enumerate(masks[1:]):
            pairs = mask.nonzero().tolist()
            lines = [[(i, height[i][a]), (i + 1, height[i + 1][b])] for b, a in pairs]
            ax.add_collection(LineCollection(lines, colors=BLUE, lw=0.7, alpha=0.55))
        hollow = 0
        for i, mask in enumerate(masks):
            inputs = mask.sum(1).numpy()
            alive = inputs > 0
            if i + 1 < len(masks):
                alive &= masks[i + 1].any(0).numpy()
                hollow += int((~alive).sum())
            else:
                alive[:] = True
            dot = {"s": 55, "zorder": 3, "linewidths": 1.3}
            x = np.full(len(mask), i)
            ax.scatter(x[alive], height[i][alive], color=ORANGE, edgecolors="black", **dot)
            ax.scatter(x[~alive], height[i][~alive], color="white", edgecolors=GRAY, **dot)
            if i == 0:
                kept = [[(-0.75 * n / mask.shape[1] - 0.02 * (n > 0), y), (0, y)]
                        for n, y in zip(inputs, height[0], strict=True)]  # fmt: skip
                ax.add_collection(LineCollection(kept, colors=GREEN, lw=2.2))
        total = sum(int(mask.sum()) for mask in masks)
        neurons = sum(sizes[:-1])
        ax.set(xlim=(-0.9, len(masks) - 0.7), ylim=(0, 1), title=title)
        names = [f"{n} hidden" for n in sizes[:-1]] + [f"{sizes[-1]} classes"]
        ax.set_xticks(range(len(masks)), names, fontsize=11)
        ax.set_yticks([])
        ax.grid(visible=False)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        ax.tick_params(length=0)
        ax.set_xlabel(f"{total:,} connections, {neurons - hollow} of {neurons} hidden neurons",
                      fontsize=12)  # fmt: skip
        words.append(
            f"{title}: {total:,} connections, {neurons - hollow} of {neurons} hidden neurons have "
            "both inputs and outputs"
        )
    show(fig, "; ".join(words) + ". Green: how many of the inputs a first neuron keeps.")


def pixels(mask: Tensor, images: Tensor) -> None:
    """How many of a first layer's neurons still look at each pixel, beside how often it has ink.

    mask (neurons, 784), images (n, 784). Han's Figure 4: pruning finds where digits are.
    """
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.9))
    counts = mask.cpu().float().sum(0).view(28, 28).numpy()
    ink = 100 * (images.cpu() > 0).float().mean(0).view(28, 28).numpy()
    for ax, values, title in (
        (axes[0], counts, "neurons that still look at a pixel"),
        (axes[1], ink, "% of digits with ink there"),
    ):
        fig.colorbar(ax.imshow(values, cmap="viridis"), ax=ax, shrink=0.85)
        ax.set_title(title, fontsize=13)
        ax.set_axis_off()
    edge, middle = np.ones((28, 28), bool), np.zeros((28, 28), bool)
    edge[4:24, 4:24], middle[9:19, 9:19] = False, True
    show(
        fig,
        f"a pixel in the middle (10 by 10) feeds {counts[middle].mean():.1f} neurons on average, "
        f"one of the four outer rows and columns {counts[edge].mean():.1f}; "
        f"{int((counts == 0).sum())} of 784 pixels feed none.",
    )


def held(counts: Mapping[str, Sequence[float]], pruned: int) -> None:
    """How many pruned weights are not zero, step by step, by the way the mask is used."""
    fig, ax = plt.subplots(figsize=(8, 3.6))
    for marker, (name, values) in zip(MARKERS, counts.items(), strict=False):
        ax.plot(range(len(values)), values, marker=marker, markevery=5, label=name)
    ax.set(xlabel="step", ylabel="pruned weights that are not 0", ylim=(-0.04 * pruned, None))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.legend()
    words = [f"{name}: {values[-1]:,.0f}" for name, values in counts.items()]
    steps = len(next(iter(counts.values()))) - 1
    show(fig, f"of {pruned:,} pruned weights are not 0 after {steps} steps: {'; '.join(words)}.")
