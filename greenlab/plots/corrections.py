"""The carbon lab's figures of the famous search: what it emitted, and who shares it."""

from __future__ import annotations

import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np

from greenlab import carbon
from greenlab.plots import GRAY, GREEN, ORANGE, RED, show
from greenlab.plots.carbon import TENFOLD, dots, in_kg, powers_of_ten


def search() -> None:
    """What the architecture search emitted: the estimate of 2019 and its corrections, log axis."""
    tons = {estimate.name: estimate.kg / 1000 for estimate in carbon.NAS}
    estimate, average, ran, once = tons.values()
    fig, ax = plt.subplots(figsize=(10, 3.2))
    dots(
        ax,
        tons,
        (RED, ORANGE, GREEN, GRAY),
        [f"{t:.3g} t" if t >= 1 else f"{t:.2f} t" for t in tons.values()],
    )
    powers_of_ten(ax, 0.01, 1000)
    ax.set(xlabel=f"metric tons of CO2e ({TENFOLD})")
    ax.set_title("What finding the Evolved Transformer emitted")
    show(
        fig,
        f"the estimate of 2019 is {estimate:.0f} t. Patterson et al. 2021 find it 18.7 times too "
        "high in energy for an average organization (same grid, so in emissions too), which leaves "
        f"{average:.0f} t, and 88 times for where the search really ran, {ran:.1f} t. Training the "
        f"Transformer (big) once is {once:.2f} t by Table 3. The axis is logarithmic.",
    )


def search_shared(per_model_kg: Callable = carbon.per_model_kg, most: int = 10_000) -> None:
    """One model's emissions against how many models use what one search found, on log axes.

    A line for the estimate of 2019 and for each correction, by `per_model_kg`; a dot where the
    search's share gets smaller than the training; dashed, one training without a search.
    """
    estimate, training = carbon.NAS[0].kg, carbon.NAS[-1].kg
    models = np.unique(np.geomspace(1, most, 60).round().astype(int)).tolist()
    fig, ax = plt.subplots(figsize=(10, 4.8))
    rows = [("", "a single model", f"one of {most:,}", "share < training from")]
    styles = zip((RED, ORANGE, GREEN), ("-", "-.", ":"), carbon.NAS_TOO_HIGH.items(), strict=True)
    for color, line, (name, factor) in styles:
        kg = [per_model_kg(estimate, factor, n, training) for n in models]
        label = name if factor == 1 else f"{name}: ÷ {factor:g}"
        ax.plot(models, kg, color=color, ls=line, lw=2.6, label=label)
        equal = math.ceil(estimate / factor / training)
        there = equal, per_model_kg(estimate, factor, equal, training)
        ax.plot(*there, "o", color=color, ms=9, mec="black")
        ax.annotate(f"{equal:,}", there, (6, 6), textcoords="offset points", fontsize=12)
        rows.append((label, f"{in_kg(kg[0])} kg", f"{in_kg(kg[-1])} kg", f"{equal:,} models"))
    ax.axhline(training, color=GRAY, ls="--", label="one training, no search")
    ax.plot([], [], "o", color="white", mec="black", label="here the share is below one training")
    ax.set(xscale="log", yscale="log", xlabel="models that use what the search found")
    ax.set(ylabel="kg of CO2e for one model", xlim=(1, most))
    ticks = 10 ** np.arange(int(np.log10(most)) + 1)
    ax.set_xticks(ticks, [f"{n:,}" for n in ticks])
    ticks = [100, 1_000, 10_000, 100_000]
    ax.set_yticks(ticks, [f"{kg:,}" for kg in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper right", fontsize=12)
    ax.set_title("A search is paid once")
    show(
        fig,
        "the more models use what a search found, the closer one model's emissions come to its own "
        f"training, {training:.0f} kg. Below: the kg of one model, and from how many models on its "
        "share of the search is smaller than its training. Both axes are logarithmic.",
    )
    for name, *numbers in rows:
        print(f"{name:<28}" + "".join(f"{number:>22}" for number in numbers))
