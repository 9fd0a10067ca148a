"""The cost lab's figures of one's own runs: data, trials, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
from matplotlib.ticker import MaxNLocator

from greenlab.cost import PowerLaw, best_band, expected_best, points_per_tenfold
from greenlab.energy.reading import Reading, in_words
from greenlab.plots import BLUE, GREEN, MARKERS, ORANGE, show, whiskers

COLORS = (BLUE, ORANGE, GREEN)


def learning_curve(
    runs: Mapping[int, Sequence[float]], line: tuple[float, float], law: PowerLaw, seen: int
) -> None:
    """Errors in % against the number of examples, on log axes, and two ways to go on.

    `runs`: each size's seeds. `line`: scale and exponent of a power law without an asymptote;
    `law`: with one. Both were fitted to the sizes up to `seen`.
    """
    fig, ax = plt.subplots(figsize=(10, 4.8))
    sizes = sorted(runs)
    known, asked = [n for n in sizes if n <= seen], [n for n in sizes if n > seen]
    scale, exponent = line
    n = np.geomspace(sizes[0], 4 * sizes[-1], 100)
    straight = scale * n**-exponent
    for y, color, style, name in (
        (straight, BLUE, "-", "straight line"),
        (law(n), GREEN, "--", "with an asymptote"),
    ):
        ax.plot(n, y, color=color, ls=style, label=f"{name}: fitted to {known[0]:,}–{seen:,}")
    seeds = {"ls": "none", "color": ORANGE}
    whiskers(ax, known, [runs[n] for n in known], marker="o", label="your runs", **seeds)
    whiskers(ax, asked, [runs[n] for n in asked], marker="o", mfc="white", mew=2,
             label="your runs that the fits didn't see", **seeds)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="training examples (D)", ylabel="error in %")
    ticks = [*sizes, 4 * sizes[-1]]
    ax.set_xticks(ticks, [f"{n:,}" for n in ticks], rotation=30)
    ax.yaxis.set_major_formatter("{x:g}")
    low, high = ax.get_ylim()
    ax.set_yticks([y for y in (0.5, 1, 2, 3, 5, 10, 20, 30, 50) if low < y < high])
    ax.minorticks_off()
    ax.legend(fontsize=11)
    words = [
        f"For {n:,} examples the straight line says {scale * n**-exponent:.1f}% errors, the curve "
        f"with an asymptote {float(law(n)):.1f}%; your runs made {np.mean(runs[n]):.1f}%"
        for n in asked
    ]
    show(
        fig,
        f"error = {scale:.4g} · n^(−{exponent:.2f}), or {law.scale:.4g} · n^(−{law.exponent:.2f}) "
        f"+ {law.asymptote:.2f}. {'. '.join(words)}. By the straight line half the error takes "
        f"{2 ** (1 / exponent):.0f} times the examples.",
    )


def best_of_trials(
    scores: Mapping[str, Sequence[float]],
    unit: str,
    expected: Callable[[int, Sequence[float]], float] = expected_best,
    share: float = 0.8,
) -> None:
    """Expected best of n random trials for each kind of model, with a band (Dodge et al. 2019).

    Higher scores are better; drawn with replacement, as the paper does. `expected(n, scores)`.
    """
    fig, ax = plt.subplots(figsize=(10, 4.8))
    words = []
    for color, marker, (name, runs) in zip(COLORS, MARKERS, scores.items(), strict=False):
        ns = np.arange(1, len(runs) + 1)
        means = [float(expected(int(n), runs)) for n in ns]
        lows, highs = zip(*(best_band(int(n), runs, share=share) for n in ns), strict=True)
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


def sensitivity(
    trials: Mapping[str, Sequence[Mapping[str, float]]],
    around: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    score: str = "accuracy",
) -> None:
    """Each random trial's score against each of its hyperparameters; the best one, turned.

    `trials`: by kind of model, dicts of hyperparameters and `score`. `around`: by kind and
    hyperparameter, (value, score) pairs of the best trial with this one changed.
    """
    names = list(dict.fromkeys(name for turned in around.values() for name in turned))
    fig, axes = plt.subplots(1, len(names), figsize=(4.2 * len(names), 4.2), sharey=True)
    words = []
    for ax, name in zip(np.atleast_1d(axes), names, strict=True):
        for color, marker, (kind, turned) in zip(COLORS, MARKERS, around.items(), strict=False):
            if name not in turned:
                continue
            runs = trials[kind]
            x, y = [run[name] for run in runs], [run[score] for run in runs]
            ax.plot(x, y, marker, color=color, ms=5, alpha=0.35, mec="none")
            values, scores = zip(*sorted(turned[name]), strict=True)
            ax.plot(values, scores, marker=marker, color=color, ms=7, label=kind)
            words.append(f"{kind}, {name}: from {min(scores):.1f} to {max(scores):.1f}%")
        ax.set(xscale="log", xlabel=name, ylabel=f"{score} in %")
        ax.yaxis.label.set_visible(ax is np.atleast_1d(axes)[0])
        if name != "learning rate":
            ax.set_xticks(values, [f"{value:g}" for value in values])
            ax.minorticks_off()
    np.atleast_1d(axes)[0].legend(loc="lower left", title="best trial, one changed", fontsize=11)
    show(
        fig,
        "faint marks are the random trials; a line is the best of them with this one setting "
        f"changed and the others kept. Along the lines: {'; '.join(words)}.",
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


def seconds_and_joules(rows: Sequence[tuple[str, float, Reading]]) -> None:
    """A table of metered trainings: (name, FLOPs, reading); what an operation took of each."""
    lines = [
        "| training | FLOPs | seconds | 10⁹ FLOPs a second | joules | pJ for a FLOP | method |",
        "| :-- | --: | --: | --: | --: | --: | :-- |",
    ]
    for name, flops, reading in rows:
        joules = picojoules = "unavailable"
        if reading.interval is not None:
            joules = in_words(reading.interval, reading.method)
            low, high = (1e12 * v / flops for v in (reading.interval.low, reading.interval.high))
            picojoules = f"{low:,.3g} to {high:,.3g}"
        speed = 1e-9 * flops / reading.seconds
        lines.append(
            f"| {name} | {flops:.3g} | {reading.seconds:.2f} | {speed:.2g} | {joules} "
            f"| {picojoules} | {reading.method} |"
        )
    display(Markdown("\n".join(lines)))
    for note in dict.fromkeys(note for _, _, reading in rows for note in reading.warnings):
        print(f"Note: {note}")
