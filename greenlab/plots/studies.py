"""The cost lab's figures of one's own runs: data, trials, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

from greenlab.cost import PowerLaw, best_band, expected_best
from greenlab.energy.reading import Reading
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

    def off(fit: Callable[[int], float]) -> float:  # root mean square of the logarithms, in %
        logs = [np.log(e / fit(n)) for n in known for e in runs[n]]
        return 100 * float(np.sqrt(np.mean(np.square(logs))))

    words = [
        f"For {n:,} the line says {scale * n**-exponent:.1f}% errors, the curve "
        f"{float(law(n)):.1f}%; your runs made {np.mean(runs[n]):.1f}%"
        for n in asked
    ]
    end = 4 * sizes[-1]
    show(
        fig,
        f"straight line: error = {scale:.4g} · n^(−{exponent:.2f}). Curve with an asymptote: "
        f"{law.scale:.4g} · n^(−{law.exponent:.2f}) + {law.asymptote:.2f}. On the sizes that both "
        f"were fitted to, the line is typically off by {off(lambda n: scale * n**-exponent):.1f}% "
        f"of an error, the curve by {off(law):.1f}%. {'. '.join(words)}. For {end:,} they say "
        f"{scale * end**-exponent:.1f}% and {float(law(end)):.1f}%. By the straight line half the "
        f"error takes {2 ** (1 / exponent):.0f} times the examples.",
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
    means, lowest, most = {}, [], max(len(runs) for runs in scores.values())
    for color, marker, (name, runs) in zip(COLORS, MARKERS, scores.items(), strict=False):
        ns = np.arange(1, len(runs) + 1)
        means[name] = [float(expected(int(n), runs)) for n in ns]
        lows, highs = zip(*(best_band(int(n), runs, share=share) for n in ns), strict=True)
        ax.fill_between(ns, lows, highs, color=color, alpha=0.18, lw=0)
        ax.plot(ns, means[name], marker=marker, ms=5, color=color, label=name)
        lowest.append(min(lows))
    ax.set(xscale="log", xlabel="random trials n (H)", ylabel=f"expected best {unit}")
    ticks = [n for n in (1, 2, 5, 10, 20, 50, 100) if n <= most]
    ax.set_xticks(ticks, [f"{n}" for n in ticks])
    ax.minorticks_off()
    low, high = (f(v for line in means.values() for v in line) for f in (min, max))
    floor, band = low - (high - low) / 2, f"band: {share:.0%} of cases"
    if min(lowest) < floor:  # the unlucky single trials would leave most of the figure empty
        ax.set_ylim(bottom=floor)
        band += ", cut below"
    ax.legend(loc="lower right", title=band)
    words = [
        f"{name} from {line[0]:.1f} for one trial to {line[-1]:.1f} for {len(line)}"
        for name, line in means.items()
    ]
    common = range(1, min(map(len, means.values())) + 1)
    ahead = groupby(common, key=lambda n: max(means, key=lambda name: means[name][n - 1]))
    leads = [(name, list(group)) for name, group in ahead]
    for name, group in leads if len(means) > 1 else []:
        span = f"n = {group[0]}" if len(group) == 1 else f"n = {group[0]} to {group[-1]}"
        words.append(f"{name} is ahead for {span}")
    show(fig, f"expected best {unit}: {'; '.join(words)}. The vertical axis does not start at 0.")


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
    first = np.atleast_1d(axes)[0]
    for color, marker, kind in zip(COLORS, MARKERS, around, strict=False):
        first.plot(
            [], [], marker, color=color, ms=5, alpha=0.35, mec="none", label=f"random {kind}"
        )
    first.legend(loc="lower left", title="line: the best, one changed", fontsize=10)
    show(
        fig,
        "faint marks are the random trials; a line is the best of them with this one setting "
        f"changed and the others kept. Along the lines: {'; '.join(words)}.",
    )


def accuracy_against_edh(
    starts: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    unit: str = "accuracy in %",
) -> None:
    """Accuracy against E · D · H on a log axis: from each start, a line for each factor raised.

    `starts`: by where one starts and what was raised, (E · D · H, accuracy) pairs, the start first.
    The first start's lines are drawn solid, the others' dashed.
    """
    fig, ax = plt.subplots(figsize=(10, 4.8))
    words = []
    for style, (start, series) in zip(("-", "--", ":"), starts.items(), strict=False):
        told = []
        for color, marker, (name, pairs) in zip(COLORS, MARKERS, series.items(), strict=False):
            costs, values = np.array(pairs, dtype=float).T
            ax.plot(costs, values, ls=style, marker=marker, ms=6, color=color)
            # Where the cost has grown tenfold; on a log axis, for the nearest point.
            ten = int(np.argmin(np.abs(np.log10(costs / costs[0]) - 1)))
            told.append(
                f"{name} {values[ten] - values[0]:+.1f} points for {costs[ten] / costs[0]:.3g} "
                "times the cost"
            )
        words.append(f"Starting from {start} ({values[0]:.1f}): {', '.join(told)}")
        ax.annotate(start, (costs[0], values[0]), (10, -12), textcoords="offset points",
                    fontsize=11)  # fmt: skip
    for color, marker, name in zip(COLORS, MARKERS, next(iter(starts.values())), strict=False):
        ax.plot([], [], marker=marker, color=color, label=name)
    ax.set(xscale="log", xlabel="E · D · H in floating point operations", ylabel=unit)
    ax.margins(y=0.1)
    ax.legend(loc="lower right")
    show(fig, f"{unit}. {'. '.join(words)}. The vertical axis does not start at 0.")


def prices(
    goals: Sequence[float], costs: Mapping[str, Sequence[float]], one: Mapping[str, float]
) -> None:
    """A table: FLOPs, and how many trials, until each goal is expected of each kind of model.

    `costs`: by kind, FLOPs for each of the `goals`; `one`: by kind, FLOPs of one trial.
    """
    heads = [f"{kind}: 10⁹ FLOPs | trials" for kind in costs]
    lines = [
        "FLOPs until a validation accuracy is expected to be reached (inf: never)",
        "",
        f"| accuracy | {' | '.join(heads)} |",
        "| --: |" + " --: |" * (2 * len(heads)),
    ]
    for i, goal in enumerate(goals):
        cells = [
            f"{_plain(costs[kind][i] / 1e9)} | {_plain(costs[kind][i] / one[kind])}"
            for kind in costs
        ]
        lines.append(f"| {goal:g}% | {' | '.join(cells)} |")
    display(Markdown("\n".join(lines)))


def seconds_and_joules(rows: Sequence[tuple[str, float, Reading]]) -> None:
    """A table of metered trainings: (name, FLOPs, reading); what an operation took of each."""
    lines = [
        "| training | 10⁹ FLOPs | seconds | 10⁹ FLOPs a second | joules | 10⁻¹² J for a FLOP "
        "| method |",
        "| :-- | --: | --: | --: | --: | --: | :-- |",
    ]
    for name, flops, reading in rows:
        joules = each = "unavailable"
        if reading.interval is not None:
            low, best, high = reading.interval.low, reading.interval.best, reading.interval.high
            joules = f"{_plain(low)} to {_plain(high)}"
            if reading.measured:
                joules = f"{_plain(best)} ({joules})"
            each = f"{_plain(1e12 * low / flops)} to {_plain(1e12 * high / flops)}"
        lines.append(
            f"| {name} | {_plain(flops / 1e9)} | {_plain(reading.seconds)} "
            f"| {_plain(1e-9 * flops / reading.seconds)} | {joules} | {each} | {reading.method} |"
        )
    display(Markdown("\n".join(lines)))
    for note in dict.fromkeys(note for _, _, reading in rows for note in reading.warnings):
        print(f"Note: {note}")


def _plain(value: float) -> str:
    # Three digits, without an exponent for what a table holds: 1,180 or 0.271.
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
