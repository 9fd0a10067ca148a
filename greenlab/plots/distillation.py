"""The figures of the distillation lab (Hinton, Vinyals, Dean 2014)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import Module

from greenlab import train
from greenlab.plots import (
    BLUE,
    GRAY,
    GREEN,
    MARKERS,
    ORANGE,
    PINK,
    RED,
    SKY,
    average,
    bars,
    show,
    spread,
    whiskers,
)
from greenlab.zoo import count_parameters


def _digit(ax: Axes, image: Tensor, title: str) -> None:
    ax.imshow(image.detach().cpu().numpy().reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
    ax.set_title(title, fontsize=12)
    ax.set_axis_off()


def _classes(ax: Axes, probabilities: Tensor, color: str, title: str = "") -> None:
    ax.bar(range(10), probabilities.detach().cpu().numpy(), color=color)
    ax.set(ylim=(0, 1.02), xticks=range(10), xlim=(-0.6, 9.6))
    ax.set_xlabel("class", fontsize=10)
    ax.set_title(title, fontsize=12)
    ax.tick_params(labelsize=10)


def soft_targets(
    soften: Callable[[Tensor, float], Tensor],
    images: Tensor,
    labels: Tensor,
    logits: Tensor,
    temperatures: Sequence[float] = (1, 4, 20),
) -> None:
    """One row a digit: the image, its hard label and the teacher's soft targets at each T."""
    columns = len(temperatures) + 2
    fig, axes = plt.subplots(len(images), columns, figsize=(11, 2 * len(images)), squeeze=False)
    for row, image, label, z in zip(axes, images, labels, logits, strict=True):
        _digit(row[0], image, f"label {int(label)}")
        _classes(row[1], Tensor(np.eye(10)[int(label)]), GRAY)
        row[1].set_ylabel("probability", fontsize=10)
        for ax, T in zip(row[2:], temperatures, strict=True):
            _classes(ax, soften(z[None], T)[0], BLUE)
    titles = ["hard label", *(f"teacher, T = {T:g}" for T in temperatures)]
    for ax, title in zip(axes[0, 1:], titles, strict=True):
        ax.set_title(title, fontsize=12)
    for ax in axes[:-1, 1:].flat:
        ax.set_xlabel("")
    first = soften(logits[:1], temperatures[-1])[0].argsort(descending=True)[:3].tolist()
    show(
        fig,
        f"the hard label of the first digit says {int(labels[0])} and nothing else; the teacher "
        f"at T = {temperatures[-1]:g} also says what it looks like: {first}, in this order.",
    )


def temperature_panel(
    image: Tensor, label: int, T: float, teacher: Tensor, students: Mapping[str, Tensor]
) -> Figure:
    """A digit beside its hard label, the teacher's soft target at T and the students' answers.

    `teacher` and the `students`' values are logits (10,); students answer at T = 1.
    """
    fig, axes = plt.subplots(1, 3 + len(students), figsize=(3 * (3 + len(students)), 2.8))
    _digit(axes[0], image, f"label {label}")
    _classes(axes[1], Tensor(np.eye(10)[label]), GRAY, "hard label")
    axes[1].set_ylabel("probability", fontsize=10)
    _classes(axes[2], (teacher / T).softmax(0), BLUE, f"teacher at T = {T:g}")
    for ax, color, (name, z) in zip(axes[3:], (ORANGE, GREEN), students.items(), strict=False):
        says = int(z.argmax())
        verdict = "right" if says == label else "wrong"
        _classes(ax, z.softmax(0), color, f"{name}: {says}, {verdict}")
    return fig


def gradient_scale(temperatures: Sequence[float], norms: Mapping[str, Sequence[float]]) -> None:
    """Size of the gradient against T, for the loss without and with T²; both axes logarithmic."""
    fig, ax = plt.subplots()
    for marker, (name, values) in zip(MARKERS, norms.items(), strict=False):
        ax.loglog(temperatures, values, marker=marker, label=name)
    last = min(v[-1] for v in norms.values())
    guide = [last * (temperatures[-1] / T) ** 2 for T in temperatures]
    ax.loglog(temperatures[-3:], guide[-3:], color=GRAY, ls="--", lw=1.5, label="slope of 1/T²")
    ax.set(xlabel="temperature T", ylabel="size of the gradient")
    ax.set_xticks(temperatures, [f"{T:g}" for T in temperatures], minor=False)
    ax.minorticks_off()
    ax.legend()
    factors = [f"{max(v) / min(v):.3g} {name}" for name, v in norms.items()]
    span = f"from T = {temperatures[0]:g} to {temperatures[-1]:g}"
    show(fig, f"{span} the size of the gradient varies by a factor of {', '.join(factors)}.")


def hard_against_soft(
    hard: Mapping[str, Sequence[int]], soft: Mapping[str, Sequence[int]], teacher: int, n_test: int
) -> None:
    """Errors of students on hard labels and on soft targets by size, beside Hinton's own."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), width_ratios=(1, 1.6))
    paper = {"hard\n800-800": [146], "soft\n800-800": [74], "teacher\n1200-1200": [67]}
    bars(left, paper, (ORANGE, BLUE, GRAY), "errors of 10,000")
    left.set_title("Hinton et al. 2014")
    at = np.arange(len(hard))
    for shift, runs, color, name in ((-0.2, hard, ORANGE, "hard"), (0.2, soft, BLUE, "soft")):
        means, lows, highs = np.array([spread(run) for run in runs.values()]).T
        error = [means - lows, highs - means]
        right.bar(at + shift, means, 0.38, color=color, label=name, yerr=error, capsize=5)
    right.axhline(teacher, color=GRAY, ls="--", label="teacher")
    right.set_xticks(at, list(hard))
    right.set(ylabel=f"errors of {n_test:,}", xlabel="student's hidden layers", title="Your run")
    right.legend(loc="upper right")
    right.grid(axis="x", visible=False)
    parts = [
        f"{size}: {np.mean(hard[size]):.0f} errors on hard labels, {np.mean(soft[size]):.0f} soft"
        for size in hard
    ]
    show(fig, "; ".join(parts) + f"; the teacher makes {teacher}.")


def temperature_sweep(
    sweep: Mapping[str, Mapping[float, Sequence[int]]], hard: Mapping[str, Sequence[int]], n: int
) -> None:
    """Errors against T for each student size, a panel each, hard labels as a dashed line."""
    fig, axes = plt.subplots(1, len(sweep), figsize=(12, 4.2))
    colors = (RED, GREEN, BLUE)
    words = []
    for ax, color, (size, runs) in zip(np.atleast_1d(axes), colors, sweep.items(), strict=False):
        temperatures = list(runs)
        whiskers(ax, temperatures, list(runs.values()), marker="o", color=color)
        ax.axhline(np.mean(hard[size]), color=GRAY, ls="--", label="hard labels")
        best = min(temperatures, key=lambda T, runs=runs: np.mean(runs[T]))
        ax.plot(best, np.mean(runs[best]), marker="*", ms=18, color=color, mec="black")
        ax.set_xscale("log")
        ax.set_xticks(temperatures, [f"{T:g}" for T in temperatures])
        ax.minorticks_off()
        ax.set(title=f"student {size}", xlabel="temperature T")
        if size.startswith("30-"):
            ax.axvspan(2.5, 4, color=SKY, alpha=0.3, lw=0, label="paper's best\nfor 30 units")
        ax.legend(fontsize=11)
        words.append(f"{size} is best at T = {best:g} ({np.mean(runs[best]):.0f} errors)")
    np.atleast_1d(axes)[0].set_ylabel(f"errors of {n:,}")
    show(
        fig,
        "; ".join(words) + ". Stars mark the lowest mean. The axes differ and do not start at 0.",
    )


def compare(own: Mapping[str, Sequence[float]], n_test: int, title: str) -> None:
    """Bars of error counts from the student's own run."""
    fig, ax = plt.subplots()
    colors = (ORANGE, GREEN, BLUE, PINK)[: 3 if len(own) % 3 == 0 else 4]  # groups of three
    bars(ax, own, colors, f"errors of {n_test:,}")
    ax.set_title(title)
    parts = [f"{' '.join(name.split())}: {average(runs)}" for name, runs in own.items()]
    show(fig, "errors on average. " + "; ".join(parts) + ".")


def ten_into_one(members: Sequence[int], together: int, single: Sequence[int], n_test: int) -> None:
    """Ten networks alone, together and distilled into one, beside the paper's speech figures."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.4))
    colors = (ORANGE, GREEN, BLUE)
    paper = {"baseline": [58.9], "10x\nensemble": [61.1], "distilled\nsingle": [60.8]}
    bars(left, paper, colors, "speech frames right, in %")
    left.set(ylim=(58, 61.6), title="Hinton et al. 2014 (higher is better)")
    own = {"one of ten,\nalone": members, "ten\ntogether": [together]}
    bars(right, own | {"one, distilled\nfrom ten": single}, colors, f"errors of {n_test:,}")
    right.set_title("Your run (lower is better)")
    alone, distilled = np.mean(members), np.mean(single)
    kept = f"{100 * (alone - distilled) / (alone - together):.0f}%" if alone > together else "none"
    show(
        fig,
        f"one of the ten makes {alone:.1f} errors on average, the ten together {together}, the "
        f"one distilled from them {distilled:.1f}: it keeps {kept} of the gain (the paper's keeps "
        f"{100 * (60.8 - 58.9) / (61.1 - 58.9):.0f}%). The left axis does not start at 0.",
    )


def unseen_digit(
    shifts: Sequence[float],
    counts: Sequence[int],
    chosen: float,
    before: tuple[int, int],
    after: tuple[int, int],
    digit: int,
    n_test: int,
) -> None:
    """Errors against the raise of the unseen class's bias; errors on it and on the rest, twice.

    `before` and `after` are (all errors, errors on the digit).
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.4))
    left.plot(shifts, counts, color=BLUE)
    left.axvline(chosen, color=GREEN, ls="--", label=f"chosen: {chosen:g}")
    left.axvline(3.5, color=ORANGE, ls=":", label="paper: 3.5")
    left.set(xlabel=f"added to the bias of class {digit}", ylabel="errors on the training digits")
    left.legend()
    cases = [("paper,\nbefore", 206, 133, 10_000), ("paper,\nafter", 109, 14, 10_000)]
    cases += [("you,\nbefore", *before, n_test), ("you,\nafter", *after, n_test)]
    for i, (_, total, on_digit, n) in enumerate(cases):
        share, rest = 100 * on_digit / n, 100 * (total - on_digit) / n
        right.bar(i, share, color=RED, label=f"on {digit}s" if i == 0 else None)
        right.bar(i, rest, bottom=share, color=SKY, label="on the rest" if i == 0 else None)
        right.annotate(f"{total} of\n{n:,}", (i, share + rest), (0, 4), textcoords="offset points",
                       ha="center", fontsize=11)  # fmt: skip
    right.set_xticks(range(len(cases)), [case[0] for case in cases])
    right.set_ylabel("errors in %")
    right.margins(y=0.25)
    right.legend(loc="upper right")
    right.grid(axis="x", visible=False)
    show(
        fig,
        f"before, {before[0]} errors, {before[1]} of them on {digit}s that the student never saw; "
        f"with {chosen:g} added to that bias, {after[0]} and {after[1]}. The left axis does not "
        "start at 0.",
    )


def price_table(rows: Sequence[tuple[str, Module, float]], x: Tensor) -> None:
    """Show what one answer of each (name, network, errors) costs: weights, multiply-adds, time.

    Multiply-adds count the weights of fully connected layers; time is measured on all rows of
    `x`. Displays a table in a notebook.
    """
    lines = [
        "| network | parameters | multiply-adds an answer | ms for 1,000 answers "
        f"| errors of {len(x):,} |",
        "| :-- | --: | --: | --: | --: |",
    ]
    for name, model, errors in rows:
        macs = count_parameters(model, biases=False)
        ms = 1e6 * train.seconds_to_predict(model, x) / len(x)
        total = count_parameters(model)
        lines.append(f"| {name} | {total:,} | {macs:,} | {ms:.2g} | {errors:.0f} |")
    display(Markdown("\n".join(lines)))
