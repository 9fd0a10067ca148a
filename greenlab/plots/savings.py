"""The pruning lab's figures and tables of what pruning loses and saves (Han et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

from greenlab.compression import Table
from greenlab.deploy import Timing
from greenlab.deploy import break_even as crossing
from greenlab.energy.reading import in_words
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, PINK, SKY, show

LINES = {  # the paper's five, in its order
    "L2 without retraining": (ORANGE, "o", "--"),
    "L1 without retraining": (PINK, "s", "--"),
    "L1 with retraining": (SKY, "s", "-"),
    "L2 with retraining": (BLUE, "o", "-"),
    "L2 in rounds": (GREEN, "D", "-"),
}
FORMS = {
    "masked dense": (GRAY, "o"),
    "scipy CSR": (BLUE, "s"),
    "torch CSR": (SKY, "D"),
    "slim dense": (GREEN, "^"),
    "int8": (PINK, "v"),
}


def five_lines(
    lines: Mapping[str, Mapping[float, Sequence[float]]], unpruned: Mapping[str, Sequence[float]]
) -> None:
    """Change of accuracy against weights pruned away, Han's Figure 5: all of it, and the top alone.

    lines: name → density → the seeds' errors in %. unpruned: "L1" and "L2" → the seeds' errors
    with nothing pruned, in the same order. Changes are from the same penalty's and seed's.
    """
    fig, axes = plt.subplots(1, 2, figsize=(13, 5))
    words = []
    names = [name for name in LINES if name in lines]
    for k, name in enumerate(names):
        color, marker, style = LINES[name]
        densities = list(lines[name])
        loss = np.array([np.subtract(unpruned[name[:2]], lines[name][d]) for d in densities])
        means, pruned = loss.mean(1), np.array([100 * (1 - d) for d in densities])
        bars = [means - loss.min(1), loss.max(1) - means]
        for ax in axes:
            x = pruned + 0.5 * (k - (len(names) - 1) / 2)  # side by side, so that bars are seen
            ax.errorbar(x, means, yerr=bars, color=color, marker=marker, ls=style, capsize=3,
                        label=name, lw=1.8, ms=7)  # fmt: skip
        at = ", ".join(f"{m:+.1f} at {p:.0f}%" for m, p in zip(means, pruned, strict=True))
        words.append(f"{name}: {at}")
    axes[0].set(title="all of it", ylabel="change of accuracy in points")
    axes[1].set(title="the same, nearer", ylim=(-6, 2.5))
    for ax in axes:
        ax.axhline(0, color="black", lw=1)
        ax.set_xlabel("% of the weights pruned away")
    axes[0].legend(fontsize=11, loc="lower left")
    show(
        fig,
        "accuracy against the same network with nothing pruned, in points, means of the seeds. "
        + "; ".join(words)
        + ". Bars run from the worst to the best seed.",
    )


def compression_table(
    rows: Sequence[tuple[str, Table, float | None, float | None]],
    times_fewer: Callable[[list[int], list[int], list[float]], float],
) -> None:
    """Show what each (network, count, the paper's times fewer, change of error) saves.

    Rates are by `times_fewer`; a change of error in points makes a row measured. Displays a table
    in a notebook.
    """
    lines = [
        "| network | parameters | left | times fewer, by your function | in the paper "
        "| MB of weights, dense | CSR | 4-bit | FLOPs left | change of error |",
        "| :-- | --: | --: | --: | --: | --: | --: | --: | --: | :-- |",
    ]
    for name, table, printed, change in rows:
        layers, total = table.layers, table.total
        rate = times_fewer(
            [row.weights for row in layers],
            [row.biases for row in layers],
            [row.density for row in layers],
        )
        told = "counted, not measured" if change is None else f"{change:+.2f} points".replace("-", "−")
        megabytes = (total.dense_bytes, total.csr_bytes, total.relative_bytes)
        lines.append(
            f"| {name} | {total.weights + total.biases:,} | {total.kept + total.biases:,} "
            f"| {rate:.1f} | {f'{printed}×' if printed else '–'} | "
            + " | ".join(f"{size / 1e6:.3g}" for size in megabytes)
            + f" | {100 * total.flops / total.dense_flops:.0f}% | {told} |"
        )
    display(Markdown("\n".join(lines)))


def break_even(timings: Mapping[str, Sequence[Timing]]) -> None:
    """Time against dense of each form by sparsity, a panel for each of `timings`; joules in words.

    Where a line falls below 1, that form is faster than dense.
    """
    fig, axes = plt.subplots(1, len(timings), figsize=(13, 4.8), sharey=True, squeeze=False)
    words = []
    for ax, (title, taken) in zip(axes[0], timings.items(), strict=True):
        sparsities = sorted({t.sparsity for t in taken})
        x = np.arange(len(sparsities))
        for form, (color, marker) in FORMS.items():
            own = sorted((t for t in taken if t.form == form), key=lambda t: t.sparsity)
            if not own:
                continue
            ratios = [t.ratio for t in own]
            bars = [
                [t.ratio - min(t.ratios) for t in own],
                [max(t.ratios) - t.ratio for t in own],
            ]
            ax.errorbar(x, ratios, yerr=bars, color=color, marker=marker, capsize=3, label=form)
            if "CSR" in form:
                at = crossing(sparsities, ratios)
                told = "at none of these" if at is None else f"from {100 * at:.0f}% on"
                words.append(f"{title}: {form} is faster than dense {told}")
            else:
                words.append(f"{title}: {form} takes {ratios[-1]:.2g} times as long as dense at "
                             f"{100 * sparsities[-1]:g}%")  # fmt: skip
        ax.axhline(1, color="black", lw=1)
        ax.set_yscale("log")
        ax.set_xticks(x, [f"{100 * s:g}%" for s in sparsities])
        ax.set(xlabel="pruned away", title=title)
    axes[0, 0].set_yticks([0.1, 0.2, 0.5, 1, 2, 5], ["1/10", "1/5", "1/2", "1", "2×", "5×"])
    axes[0, 0].minorticks_off()
    axes[0, 0].set_ylabel("time, against dense")
    axes[0, -1].legend(fontsize=11)
    show(fig, ". ".join(words) + ". Bars: the fastest and the slowest of the rounds.")


def energy_table(timings: Mapping[str, Sequence[Timing]], sparsity: float) -> None:
    """Show time and joules of one call of each form at one sparsity, and how the joules are known.

    Displays a table in a notebook.
    """
    lines = [
        f"| {100 * sparsity:g}% pruned, one call | form | time | energy | how it is known |",
        "| :-- | :-- | --: | --: | :-- |",
    ]
    for title, taken in timings.items():
        for t in (t for t in taken if t.sparsity == sparsity):
            reading = t.reading
            joules = "unavailable"
            if reading.interval is not None:
                joules = in_words(reading.interval, reading.method)
            lines.append(
                f"| {title} | {t.form} | {1e6 * t.seconds:,.0f} µs | {joules} | {reading.method} |"
            )
    display(Markdown("\n".join(lines)))
