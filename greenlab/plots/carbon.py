"""The figures of the carbon lab (Strubell, Ganesh, McCallum 2019, and what came after)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from greenlab import carbon
from greenlab.carbon.tables import Cost
from greenlab.plots import BLUE, GRAY, GREEN, ORANGE, RED, show

DIFFERS = {"marker": "X", "color": RED}  # told apart without color too
TENFOLD = "each line is ten times the one before"
COUNTRIES = ("Norway", "France", "Canada", "United Kingdom", "Germany", "United States", "World")
COUNTRIES += ("China", "Poland", "India")


def _rows(ax: Axes, values: dict[str, float], text: Sequence[str], gap: float) -> None:
    # A row for each value from the top down, its text to the right of it.
    for i, (value, label) in enumerate(zip(values.values(), text, strict=True)):
        ax.annotate(label, (value, i), (gap, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)


def _dots(ax: Axes, values: dict[str, float], colors: Sequence[str], text: Sequence[str]) -> None:
    # Dots, not bars: on a log axis a bar's length means nothing.
    ax.scatter(list(values.values()), range(len(values)), s=130, c=colors, zorder=3)
    _rows(ax, values, text, 11)


def _powers_of_ten(ax: Axes, low: float, high: float) -> None:
    ax.set(xscale="log", xlim=(low, high))
    ticks = 10.0 ** np.arange(np.ceil(np.log10(low)), np.log10(high) + 1e-9)
    units = [(1e6, "M"), (1e3, "k"), (0, "")]
    short = [next((t / (u or 1), name) for u, name in units if t >= u) for t in ticks]
    ax.set_xticks(ticks, [f"{number:.6g}{name}" for number, name in short])
    ax.minorticks_off()


def table1(cost: Cost = carbon.training_cost) -> None:
    """CO2e of known things and of training, Strubell's Table 1, as dots on a log axis.

    Known things as they are cited, training as `cost` computes it.
    """
    cells = list(carbon.table1(cost))
    known = [cell.row for cell in cells[:4]]
    pounds = {cell.row: cell.printed for cell in cells[:4]}
    pounds |= {cell.row: cell.computed for cell in cells[4:]}
    fig, ax = plt.subplots(figsize=(10, 4.6))
    colors = [GRAY if row in known else BLUE for row in pounds]
    _dots(ax, pounds, colors, [f"{lb:,.0f}" for lb in pounds.values()])
    _powers_of_ten(ax, 10, 1e7)
    ax.axhline(len(known) - 0.5, color="black", lw=1, ls=":")
    ax.set(xlabel=f"pounds of CO2e ({TENFOLD})")
    ax.set_title("Known things (gray, cited) and training (blue, computed): Table 1")
    search, car = pounds["Transformer with NAS"], pounds["car with fuel, one lifetime"]
    show(
        fig,
        f"the search is put at {search:,.0f} lb, {search / car:.1f} lifetimes of a car and "
        f"{search / pounds['Transformer big']:,.0f} times one training of the Transformer (big). "
        f"Training the pipeline once takes {pounds['NLP pipeline']:.0f} lb, its research "
        f"{pounds['NLP pipeline, tuned'] / pounds['NLP pipeline']:,.0f} times that. The axis is "
        "logarithmic.",
    )


def table3(cost: Cost = carbon.training_cost) -> None:
    """CO2e and cloud dollars of training each model, Strubell's Table 3, on log axes.

    Open circles are printed, dots computed by `cost` from the printed hours; red crosses differ.
    """
    table = carbon.table3(cost)
    rows = list(dict.fromkeys(cell.row for cell in table))
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), sharey=True)
    for ax, columns in ((left, ("CO2e",)), (right, ("cloud, pre-emptible", "cloud, on demand"))):
        for y, row in enumerate(rows):
            cells = [cell for cell in table if cell.row == row and cell.column in columns]
            if not cells:
                ax.annotate("watts unknown", (20, y), va="center", color=GRAY, fontsize=11)
            ax.plot([cell.printed for cell in cells], [y] * len(cells), color=GRAY, lw=1.5)
            for cell in cells:
                ax.plot(cell.printed, y, "o", ms=13, mfc="white", color=GRAY, mew=1.8)
                style = {"marker": "o", "color": BLUE} if cell.agrees else DIFFERS
                ax.plot(cell.computed, y, ms=6, **style)
        ax.grid(axis="y", visible=False)
    _powers_of_ten(left, 10, 3e6)
    _powers_of_ten(right, 10, 1e7)
    left.set(xlabel="pounds of CO2e", title="Emissions")
    right.set(xlabel="dollars, pre-emptible to on demand", title="Renting the hardware")
    left.set_yticks(range(len(rows)), rows)
    left.invert_yaxis()
    handles = [
        plt.Line2D([], [], ls="", marker="o", ms=13, mfc="white", mec=GRAY, label="printed"),
        plt.Line2D([], [], ls="", marker="o", ms=6, color=BLUE, label="computed, agrees"),
        plt.Line2D([], [], ls="", ms=6, **DIFFERS, label="computed, differs"),
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=12)
    checked = [cell for cell in table if cell.agrees is not None]
    wrong = [cell for cell in checked if not cell.agrees]
    farthest = 100 * max((abs(cell.computed / cell.printed - 1) for cell in wrong), default=0)
    pounds = [cell.printed for cell in table if cell.column == "CO2e"]
    show(
        fig,
        f"of Table 3's {len(checked)} cells that can be computed, "
        f"{len(checked) - len(wrong)} agree and {len(wrong)} differ, by at most {farthest:.2g}%: "
        f"{' and '.join(dict.fromkeys(cell.row for cell in wrong)) or 'none'}. The "
        f"largest emissions are {max(pounds) / min(pounds):,.0f} times the smallest; those of TPUs "
        "can't be told. The axes are logarithmic.",
    )


def _kg(kg: float) -> str:
    return f"{kg:,.0f}" if kg >= 100 else f"{kg:.3g}"


def where(
    kwh: float,
    countries: Sequence[str] = COUNTRIES,
    by_country: Callable = carbon.by_country,
) -> None:
    """CO2e of a job of `kwh` by country, on each country's yearly average, as `by_country` has it.

    Raises ValueError for an unknown country, none at all or negative energy.
    """
    if not countries:
        raise ValueError("name at least one country to train in")
    known = {grid.country: grid for grid in map(carbon.grid, countries)}
    kg = dict(by_country(kwh, {name: grid.g_per_kwh for name, grid in known.items()}))
    grids = [known[name] for name in kg]
    fig, ax = plt.subplots(figsize=(10, 1.4 + 0.36 * len(grids)))
    colors = [GRAY if grid is carbon.WORLD else BLUE for grid in grids]
    ax.barh(range(len(kg)), list(kg.values()), color=colors, height=0.66)
    _rows(ax, kg, [f"{_kg(kg[grid.country])} kg ({grid.year})" for grid in grids], 6)
    ax.grid(axis="y", visible=False)
    ax.set_xlim(0, 1.2 * max(kg.values()) or 1)
    ax.set(xlabel="kg of CO2e", title=f"{kwh:,.4g} kWh by country and year of its average")
    cleanest, dirtiest = grids[0], grids[-1]
    text = f"{kwh:,.4g} kWh emit {_kg(kg[cleanest.country])} kg in {cleanest.country}"
    if dirtiest.g_per_kwh > cleanest.g_per_kwh > 0:
        times = dirtiest.g_per_kwh / cleanest.g_per_kwh
        text += f", in {dirtiest.country} {_kg(kg[dirtiest.country])} kg, {times:.1f} times as much"
    show(fig, f"{text}. These are averages over a year and over all power plants of a country.")


def when(
    hours: float, mean_g_per_kwh: float, cheapest_start: Callable = carbon.cheapest_start
) -> None:
    """The synthetic day with the best time to start a job of `hours`, by `cheapest_start`, and the
    worst.

    Raises ValueError for a length of 0 or less or a negative mean.
    """
    day = carbon.synthetic_day(mean_g_per_kwh)
    means = [carbon.mean_intensity(day, start, hours) for start in range(24)]
    best, least = cheapest_start(day, hours)
    worst = max(range(24), key=means.__getitem__)
    fig, ax = plt.subplots(figsize=(10, 4.4))
    ax.stairs(day, color=GRAY, lw=2.2, baseline=None)
    for start, color, word in ((best, GREEN, "least"), (worst, ORANGE, "most")):
        # The hours that the job touches, the next morning's at the left; the height is the grid's.
        share = np.zeros(24)
        for hour in range(math.ceil(min(hours, 24))):
            share[(start + hour) % 24] = 1
        label = f"{word} CO2e: start at {start}:00, {means[start]:.0f} g/kWh on average"
        ax.bar(np.arange(24) + 0.5, share * day, 1, color=color, alpha=0.6, lw=0, label=label)
    ax.axhline(mean_g_per_kwh, color="black", lw=1, ls=":", label="the day's mean")
    ax.set(xlim=(0, 24), xlabel="hour of the day", ylabel="g of CO2e for a kWh")
    ax.set_ylim(0, 1.45 * max(day) or 1)
    ax.set_xticks(range(0, 25, 3))
    ax.set_title(f"SYNTHETIC day, measured nowhere: when to run {hours:g} h")
    ax.legend(loc="upper left", fontsize=12)
    text = f"on this synthetic day a job of {hours:g} h emits "
    if saved := round(100 * (1 - least / means[worst])) if means[worst] else 0:
        text += f"least when it starts at {best}:00, {saved}% less than at {worst}:00, the worst"
    else:
        text += "as much whenever it starts"
    show(
        fig,
        f"{text}. No grid measured this day: it only has the shape that much solar power gives.",
    )


def search() -> None:
    """What the architecture search emitted: the estimate of 2019 and its corrections, log axis."""
    tons = {estimate.name: estimate.kg / 1000 for estimate in carbon.NAS}
    estimate, average, ran, once = tons.values()
    fig, ax = plt.subplots(figsize=(10, 3.2))
    _dots(
        ax,
        tons,
        (RED, ORANGE, GREEN, GRAY),
        [f"{t:.3g} t" if t >= 1 else f"{t:.2f} t" for t in tons.values()],
    )
    _powers_of_ten(ax, 0.01, 1000)
    ax.set(xlabel=f"metric tons of CO2e ({TENFOLD})")
    ax.set_title("What finding the Evolved Transformer emitted")
    show(
        fig,
        f"the estimate of 2019 is {estimate:.0f} t. Patterson et al. 2021 find it 18.7 times too "
        f"high for an average organization, which leaves {average:.0f} t, and 88 times for where "
        f"the search really ran, {ran:.1f} t. Training the Transformer (big) once is {once:.2f} t "
        "by Table 3. The axis is logarithmic.",
    )


def search_shared(per_model_kg: Callable = carbon.per_model_kg, most: int = 10_000) -> None:
    """One model's emissions against how many models use what one search found, on log axes.

    A line for the estimate of 2019 and for each correction, by `per_model_kg`; dashed, one
    training without a search.
    """
    estimate, training = carbon.NAS[0].kg, carbon.NAS[-1].kg
    models = np.unique(np.geomspace(1, most, 60).round().astype(int)).tolist()
    fig, ax = plt.subplots(figsize=(10, 4.8))
    words = []
    styles = zip((RED, ORANGE, GREEN), ("-", "-.", ":"), carbon.NAS_TOO_HIGH.items(), strict=True)
    for color, line, (name, factor) in styles:
        kg = [per_model_kg(estimate, factor, n, training) for n in models]
        label = name if factor == 1 else f"{name}: ÷ {factor:g}"
        ax.plot(models, kg, color=color, ls=line, lw=2.6, label=label)
        equal = math.ceil(estimate / factor / training)
        words.append(
            f"{name}: {kg[0]:,.0f} kg for a single model, {_kg(kg[-1])} kg for one of "
            f"{most:,}; from {equal:,} models on the search is the smaller part"
        )
    ax.axhline(training, color=GRAY, ls="--", label="one training, no search")
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
        f"{'. '.join(words)}. One training of the Transformer (big) is {training:.0f} kg. Both "
        "axes are logarithmic.",
    )
