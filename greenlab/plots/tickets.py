"""The ticket lab's figures of single networks: how they learn, and what is in a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from torch import Tensor

from greenlab.lottery import Run
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, RED, show, spread

COLORS = {
    "whole": GRAY,
    "ticket": BLUE,
    "reinitialized": ORANGE,
    "random mask": GREEN,
    "one shot": BLUE,
    "round by round": RED,
}


def learning(
    runs: Mapping[str, Sequence[Run]],
    early_stop: Callable[[Sequence[int], Sequence[float], Sequence[int]], tuple[int, int]],
    n_test: int,
) -> None:
    """Validation loss and test accuracy as networks learn; dots mark early stop.

    `runs` by kind ("whole", "ticket", …), a run for each seed; `early_stop(iterations, losses,
    errors)` says where each stops, and its errors there.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6))
    words = []
    reached_by = []
    for kind, own in runs.items():
        stops = [early_stop(run.iterations, run.losses, run.errors) for run in own]
        reached = [100 * (1 - errors / n_test) for _, errors in stops]
        reached_by += reached
        for i, (run, (iteration, _)) in enumerate(zip(own, stops, strict=True)):
            style = {"color": COLORS[kind], "lw": 1.6, "label": kind if i == 0 else None}
            accuracy = [100 * (1 - e / n_test) for e in run.errors]
            left.plot(run.iterations, run.losses, **style)
            right.plot(run.iterations, accuracy, **style)
            stop = run.iterations.index(iteration)
            dot = {"marker": "o", "ms": 9, "color": COLORS[kind], "mec": "black", "zorder": 5}
            left.plot(iteration, run.losses[stop], **dot)
            right.plot(iteration, accuracy[stop], **dot)
        when, low, high = spread([iteration for iteration, _ in stops])
        said = f"at iteration {when:.0f}"
        said += f" ({low:.0f} to {high:.0f})" if len(own) > 1 else ""
        words.append(f"{kind}: early stop {said}, accuracy there {np.mean(reached):.1f}%")
    least = [min(run.losses) for own in runs.values() for run in own]
    left.set(xlabel="iteration", ylabel="validation loss", ylim=(0.9 * min(least), 2 * max(least)))
    top = max(reached_by)
    right.set(xlabel="iteration", ylabel="test accuracy in %", ylim=(top - 12, top + 1))
    right.legend(loc="lower right")
    show(fig, "; ".join(words) + ". The vertical axes do not start at 0.")


def survivors(start: Tensor, masks: Mapping[str, Tensor], pixels: Tensor) -> None:
    """One layer's first values (θ0) of the weights that masks keep, and where a ticket looks.

    `start` (neurons, 784); `masks` by name, the last one's pixels are drawn, as a share of the
    neurons that look at each; `pixels` (784,): whether training digits ever have ink there.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6), width_ratios=(1.5, 1))
    values, inked = start.detach().cpu(), pixels.cpu().bool()
    span = 3.5 * float(values.std())
    bins = np.linspace(-span, span, 71)
    words = []
    for (name, mask), color in zip(masks.items(), (GRAY, GREEN, BLUE), strict=False):
        keep = mask.cpu().bool() & inked  # the others never learned anything
        kept = values[keep]
        left.hist(kept.numpy(), bins, histtype="step", density=True, lw=2.2, color=color,
                  label=name)  # fmt: skip
        share = float((kept.abs() > values.std()).float().mean())
        words.append(f"{name}: {100 * share:.0f}%")
    left.set(xlabel="weight at first, θ0", ylabel="density", xlim=(-span, span))
    left.legend(fontsize=11)
    name, mask = next(reversed(masks.items()))
    look = 100 * mask.cpu().float().mean(0)
    image = right.imshow(look.view(28, 28).numpy(), cmap="viridis", vmin=0)
    fig.colorbar(image, ax=right, shrink=0.85)
    right.set_title(f"{name}: % of neurons that look at a pixel", fontsize=12)
    right.set_axis_off()
    edge = np.ones((28, 28), bool)
    edge[2:26, 2:26] = False
    shares = look.view(28, 28).numpy()
    show(
        fig,
        "share of the kept weights that were large at first, more than a standard deviation from "
        f"0 (pixels without ink left out): {'; '.join(words)}. In the {name} a pixel of the two "
        f"outer rows and columns is looked at by {shares[edge].mean():.1f}% of the neurons on "
        f"average, any other by {shares[~edge].mean():.1f}%.",
    )
