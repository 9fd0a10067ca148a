"""The carbon lab's figures of intervals: hours behind printed numbers, and a meter's readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from greenlab import carbon
from greenlab.carbon.tables import priced_elsewhere
from greenlab.energy import Reading
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, show

CELLS = ("{:,} kWh", "{:,} lb", "${:,}", "${:,}")
PUZZLES = ("BERT base, 64 × V100", "NAS, 1 × TPUv2")  # the rows of Table 3 that don't reproduce
SOLVED = {"facecolor": "white", "edgecolor": GRAY, "hatch": "/////"}  # told apart without color too
Span = tuple[float, float]


def hours_behind(
    cost: Callable = carbon.training_cost, behind: Callable = carbon.hours_behind
) -> None:
    """For the rows of Table 3 that don't reproduce: which hours each printed number allows.

    `cost` gives what an hour makes, `behind` the lowest and highest hours behind a printed number.
    Hatched, no evidence: dollars whose price was solved from them. Green: where the others meet.
    """
    fig, axes = plt.subplots(1, 2, figsize=(12, 4.2))
    words = [_row_behind(ax, name, cost, behind) for ax, name in zip(axes, PUZZLES, strict=True)]
    handles = [
        plt.Rectangle((0, 0), 1, 1, color=ORANGE, label="hours that the printed hours allow"),
        plt.Rectangle((0, 0), 1, 1, color=BLUE, label="that this number allows"),
        plt.Rectangle((0, 0), 1, 1, **SOLVED, label="no evidence: its price was solved from it"),
        plt.Rectangle((0, 0), 1, 1, color=GREEN, alpha=0.4, label="where the blue ones meet"),
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=12)
    show(fig, f"{'. '.join(words)}.")


def _row_behind(ax: Axes, name: str, cost: Callable, behind: Callable) -> str:
    # One row's panel; its message in words.
    run = next(run for run in carbon.RUNS if run.name == name)
    rates = cost(run.watts or 0, 1, run.device, run.devices)
    printed = (run.kwh, run.lb, *run.usd)
    evidence, solved = {}, {}
    for text, number, rate in zip(CELLS, printed, rates, strict=True):
        if number is not None:
            told = text.startswith("$") and not priced_elsewhere(run)
            (solved if told else evidence)[text.format(number)] = behind(number, rate)
    hours = run.hours - 0.5, run.hours + 0.5
    low, high = max(s[0] for s in evidence.values()), min(s[1] for s in evidence.values())
    spans = evidence | solved
    # The printed hours allow a whole hour: drawn to the edge where it is too wide for the rest.
    ends = [end for span in spans.values() for end in span]
    if not hours[0] <= min(ends) <= max(ends) <= hours[1]:
        ends += hours
    margin = 0.15 * (max(ends) - min(ends))
    left, right = min(ends) - margin, max(ends) + margin
    _bar(ax, 0, (max(hours[0], left), min(hours[1], right)), facecolor=ORANGE)
    if hours[0] < left and right < hours[1]:
        ax.annotate(
            f"← from {hours[0]:,}", (left, 0), (6, 0), textcoords="offset points", va="center"
        )
        ax.annotate(
            f"to {hours[1]:,} →",
            (right, 0),
            (-6, 0),
            textcoords="offset points",
            va="center",
            ha="right",
        )
    for y, (text, span) in enumerate(spans.items(), 1):
        _bar(ax, y, span, **(SOLVED if text in solved else {"facecolor": BLUE}))
    title = f"{name}\n"
    if low <= high:
        ax.axvspan(low, high, color=GREEN, alpha=0.4, lw=1.5, zorder=0)
        title += f"the blue bars meet at {low:,.3f} to {high:,.3f} h"
    ax.set_yticks(range(1 + len(spans)), [f"{run.hours:,} h", *spans])
    ax.set(xlabel="hours", title=title, xlim=(left, right), ylim=(4.6, -0.6))
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter("{x:,.2f}" if right - left < 1 else "{x:,.0f}")
    ax.grid(axis="y", visible=False)
    which = "kWh and pounds" if solved else "its dollars"
    if low > high:
        return f"{name}: no hours lead to {which} as printed"
    verb = "rounds" if hours[0] <= low <= high <= hours[1] else "does not round"
    text = f"{name}: {which} lead to {low:,.3f} to {high:,.3f} h, which {verb} to the printed "
    text += f"{run.hours:,} h"
    return text + (
        " (its dollars tell nothing: their price was solved from them)" if solved else ""
    )


def _bar(ax: Axes, y: float, span: Span, **style) -> None:
    ax.barh(y, span[1] - span[0], left=span[0], height=0.5, **style)


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
    words, middles = [], []
    for x, (name, values) in enumerate(known.items()):
        low, high = min(v.low for v in values), max(v.high for v in values)
        best = [v.best for v in values]
        middles.append(sum(best) / len(best))
        color = GREEN if x else GRAY
        ax.plot([x, x], [low, high], color=color, lw=10, alpha=0.35, solid_capstyle="butt")
        aside = 0.06 * (np.arange(len(best)) - (len(best) - 1) / 2)  # else one dot hides another
        ax.plot(x + aside, best, "o", color="black", ms=6)
        label, apart = f"{low:.2g} to {high:.2g} J", ""
        if best[1:] and middles[-1] > 0:
            scatter = f"{100 * (max(best) - min(best)) / middles[-1]:.2g}%"
            label += f"\nrounds {scatter} apart"
            apart = f", best from {min(best):.3g} to {max(best):.3g} J, {scatter} apart"
        ax.annotate(label, (x, high), (0, 5), textcoords="offset points", ha="center", fontsize=12)
        words.append(f"{name.replace(chr(10), ' ')}: {label.split(chr(10))[0]}{apart}")
    ax.set_xticks(range(len(known)), list(known))
    ax.set(ylabel="joules for one run", xlim=(-0.6, len(known) - 0.4))
    least = min(v.low for values in known.values() for v in values)
    most = max(v.high for values in known.values() for v in values)
    if least > 0:  # the first run can be many times the later ones
        ax.set(yscale="log", ylim=(least / 2, most * 4), ylabel="joules for one run, log axis")
        ax.yaxis.set_major_formatter("{x:g}")
    else:
        ax.set_ylim(top=1.4 * most)
    ax.grid(axis="x", visible=False)
    ax.set_title("One training run: dots are rounds, bars what isn't known")
    text = f"{'; '.join(words)}. How the joules are known: {', '.join(methods)}."
    if len(middles) > 1 and min(middles) > 0:
        first, *_, last = (name.replace("\n", " ") for name in known)
        text += f" Best of “{first}” is {middles[0] / middles[-1]:.2g} times that of “{last}”."
    show(fig, text)
