"""The figures of the lab on model compression (Buciluă, Caruana, Niculescu-Mizil 2006)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from greenlab.energy import Reading
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, PINK, RED, show, spread, whiskers

STYLES = {  # in words, color, marker, and how far beside its place: else one hides another
    "rand": ("RAND", ORANGE, "s", 0.97),
    "nbe": ("NBE", GREEN, "D", 1.0),
    "munge": ("MUNGE", BLUE, "o", 1.03),
}
DASHES = {"teacher": (RED, "--"), "best single model": (GRAY, ":")}
UNITS = 128  # of the students in Figure 2


class Row(Protocol):
    """What a figure reads of a row: see `greenlab.compressing.Row`."""

    problem: str
    method: str
    rows: int
    units: int
    rmse: float


def selection(paths: Mapping[str, Sequence[float]], lines: Mapping[str, float], title: str) -> None:
    """RMSE after each model that selection adds, and of what it is compared with.

    `paths`: by name ("test points", …), the RMSE of the first 1, 2, … models; `lines`: by name,
    one RMSE, on the test points.
    """
    fig, ax = plt.subplots()
    words = []
    for color, marker, (name, path) in zip((BLUE, ORANGE), "os", paths.items(), strict=False):
        steps = np.arange(1, len(path) + 1)
        single = list(range(min(20, len(path))))  # further on markers would be a band
        ax.plot(steps, path, color=color, marker=marker, markevery=single, ms=5, lw=1.8, label=name)
        words.append(
            f"{name}: RMSE {path[0]:.4f} for one model, {path[-1]:.4f} for {len(path)}, least "
            f"{min(path):.4f} with {1 + int(np.argmin(path))}"
        )
    for color, dash, (name, value) in zip((GRAY, PINK), ":-", lines.items(), strict=False):
        ax.axhline(value, color=color, ls=dash, lw=1.6, label=name)
        words.append(f"{name} (test points): {value:.4f}")
    ax.set(xscale="log", xlabel="models in the ensemble (with repetition)", ylabel="RMSE",
           title=title)  # fmt: skip
    ticks = [n for n in (1, 2, 5, 10, 20, 50, 100) if n <= max(map(len, paths.values()))]
    ax.set_xticks(ticks, [f"{n}" for n in ticks])
    ax.minorticks_off()
    fig.legend(loc="outside lower center", ncols=2, fontsize=11)
    show(fig, f"{title}. {'; '.join(words)}. The vertical axis does not start at 0.")


def made_up(panels: Mapping[str, NDArray[np.float64]]) -> None:
    """Rows of two attributes: the real ones (the first), and what each method makes of them.

    The words say how far from the nearest real row the made-up ones lie.
    """
    fig, axes = plt.subplots(1, len(panels), figsize=(12, 3.4), sharex=True, sharey=True)
    real = next(iter(panels.values()))
    words = []
    for i, (ax, color, (name, rows)) in enumerate(
        zip(axes, (GRAY, ORANGE, GREEN, BLUE), panels.items(), strict=False)
    ):
        rows = np.asarray(rows)
        if i:
            ax.plot(*real.T, ".", color="#CCCCCC", ms=2)
            gaps = np.sqrt(np.square(rows[:, None] - real).sum(-1)).min(1)
            words.append(
                f"{name}: half within {np.median(gaps):.3f} of a real row, a tenth beyond "
                f"{np.quantile(gaps, 0.9):.3f}"
            )
        ax.plot(*rows.T, ".", color=color, ms=3)
        ax.set(title=name, aspect="equal", xlim=(-0.1, 1.1), ylim=(-0.1, 1.1), xticks=(0, 1),
               yticks=(0, 1))  # fmt: skip
        ax.grid(False)
    show(fig, f"{len(real)} real rows of two attributes, and as many of each kind. "
              f"{'; '.join(words)}.")  # fmt: skip


def against_rows(rows: Sequence[Row], lines: Mapping[str, Mapping[str, float]]) -> Figure:
    """Figure 2: RMSE against rows to train on, the real ones included; a panel a problem.

    `lines`: by problem, RMSE of the teacher and of the best single model. Students of 128 units;
    bars from the lowest to the highest seed.
    """
    fig, axes = _panels(rows)
    words = []
    for ax, problem in zip(axes, dict.fromkeys(row.problem for row in rows), strict=True):
        own = [row for row in rows if (row.problem, row.units) == (problem, UNITS)]
        said = []
        real = [row.rmse for row in own if row.method == "real"]
        start = min(row.rows for row in own)
        if real:
            said.append(f"real rows alone {_told(real)}")
        for method, (name, color, marker, aside) in STYLES.items():
            at = _by(own, method, "rows")
            if not at:
                continue
            line = {n * aside: runs for n, runs in at.items()}
            line = {start: [np.mean(real)], **line} if real else line
            whiskers(ax, list(line), list(line.values()), marker=marker, ms=6, lw=1.8,
                     color=color, label=name)  # fmt: skip
            said.append(f"{name} " + ", ".join(f"{_told(r)} at {n:,}" for n, r in _some(at)))
        if real:
            whiskers(ax, [start], [real], marker="^", ms=8, lw=1.8, color="black", zorder=4,
                     label="real rows alone")  # fmt: skip
        without = [row.rmse for row in own if row.method == "labels"]
        said += _levels(ax, lines[problem], without)
        ax.set(xscale="log", title=problem, xlabel="rows to train on")
        ticks = sorted({row.rows for row in own})
        ax.set_xticks(ticks, [f"{n // 1000}k" if n >= 1000 else f"{n}" for n in ticks])
        ax.minorticks_off()
        words.append(f"{problem}: {'; '.join(said)}")
    axes[0].set_ylabel(f"RMSE of a net of {UNITS} units")
    _legend(fig, axes)
    show(fig, f"{'. '.join(words)}. {_caption(len(words))}")
    return fig


def against_units(rows: Sequence[Row], lines: Mapping[str, Mapping[str, float]]) -> Figure:
    """Figure 3: RMSE against hidden units, from the MUNGE rows that most widths learned from."""
    munge = [row for row in rows if row.method == "munge"]
    widths = Counter(n for n, _ in {(row.rows, row.units) for row in munge})
    most = max(widths, key=lambda n: (widths[n], n))
    wide = [row for row in munge if row.rows == most]
    fig, axes = _panels(wide)
    words = []
    for ax, problem in zip(axes, dict.fromkeys(row.problem for row in wide), strict=True):
        at = _by([row for row in wide if row.problem == problem], "munge", "units")
        name, color, marker, _ = STYLES["munge"]
        whiskers(ax, list(at), list(at.values()), marker=marker, ms=6, lw=1.8, color=color,
                 label=f"{name}, {most:,} rows")  # fmt: skip
        middle = min(at, key=lambda units: abs(np.log2(units / 16)))
        chosen = dict.fromkeys((min(at), middle, max(at)))
        said = [
            ", ".join(f"{_told(at[n])} with {n} unit{'s' if n > 1 else ''}" for n in chosen)
        ]  # fmt: skip
        said += _levels(ax, lines[problem], [])
        said += [_crossing(at, lines[problem][name], name) for name in DASHES]
        ax.set(xscale="log", title=problem, xlabel="hidden units")
        ax.set_xticks(list(at), [f"{units}" for units in at])
        ax.minorticks_off()
        words.append(f"{problem}: {'; '.join(said)}")
    axes[0].set_ylabel("RMSE")
    _legend(fig, axes)
    show(fig, f"{'. '.join(words)}. {_caption(len(words))}")
    return fig


def price(entries: Sequence[tuple[str, float, int, Reading]]) -> None:
    """Table 3: (name, RMSE, bytes, reading for 10,000 rows) of each model; the first is compared.

    Seconds and joules are of one pass over 10,000 rows; joules as an interval, with the method.
    """
    lines = [
        "| model | RMSE | kB | seconds for 10,000 rows | times faster | joules | method |",
        "| :-- | --: | --: | --: | --: | --: | :-- |",
    ]
    first = entries[0][3].seconds
    for name, error, size, reading in entries:
        joules = "unavailable"
        if reading.interval is not None:
            low, best, high = (f"{v:.2g}" for v in _bounds(reading))
            joules = f"{best} ({low} to {high})" if reading.measured else f"{low} to {high}"
        lines.append(
            f"| {name} | {error:.4f} | {size / 1e3:,.1f} | {reading.seconds:.2g} "
            f"| {first / reading.seconds:,.0f} | {joules} | {reading.method} |"
        )
    display(Markdown("\n".join(lines)))
    for note in dict.fromkeys(note for *_, reading in entries for note in reading.warnings):
        print(f"Note: {note}")


def _bounds(reading: Reading) -> tuple[float, float, float]:
    return reading.interval.low, reading.interval.best, reading.interval.high


def _panels(rows: Sequence[Row]) -> tuple[Figure, Sequence[Axes]]:
    count = len({row.problem for row in rows})
    fig, axes = plt.subplots(1, count, figsize=(12 if count > 1 else 9, 4.8))
    return fig, np.atleast_1d(axes)


def _by(rows: Sequence[Row], method: str, key: str) -> dict[int, list[float]]:
    own = [row for row in rows if row.method == method]
    found = sorted({getattr(row, key) for row in own})
    return {at: [row.rmse for row in own if getattr(row, key) == at] for at in found}


def _some(line: Mapping[int, list[float]]) -> list[tuple[int, list[float]]]:
    # The first, the middle and the last point.
    at = sorted(line)
    return [(n, line[n]) for n in dict.fromkeys((at[0], at[len(at) // 2], at[-1]))]


def _told(runs: Sequence[float]) -> str:
    mean, low, high = spread(runs)
    return f"{mean:.3f}" + (f" ({low:.3f} to {high:.3f})" if len(runs) > 1 else "")


def _crossing(at: Mapping[int, list[float]], level: float, name: str) -> str:
    # Where the line of means comes below a level for good, in words.
    below = list(takewhile(lambda units: np.mean(at[units]) < level, sorted(at, reverse=True)))
    return f"below the {name} from {below[-1]} units on" if below else f"not below the {name}"


def _levels(ax: Axes, lines: Mapping[str, float], without: Sequence[float]) -> list[str]:
    # Draw what the students are compared with, as level lines; the same in words.
    for name, (color, dash) in DASHES.items():
        ax.axhline(lines[name], color=color, ls=dash, lw=1.6, label=name)
    said = [f"{name} {lines[name]:.3f}" for name in DASHES]
    if without:
        ax.axhline(np.mean(without), color=PINK, ls="-.", lw=1.6, label="net without a teacher")
        said.append(f"a net without a teacher {_told(without)}")
    return said


def _legend(fig: Figure, axes: Sequence[Axes]) -> None:
    handles, labels = (list(found)[::-1] for found in axes[0].get_legend_handles_labels())
    fig.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=11)


def _caption(problems: int) -> str:
    these = "these are two of them" if problems == 2 else "this is one of them"
    return (
        f"The paper's figure is the average of eight problems; {these}. The vertical axis does not "
        "start at 0."
    )
