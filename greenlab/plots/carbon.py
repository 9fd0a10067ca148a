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
COUNTRIES += ("China", "Poland", "India", carbon.PAPER_US.country)


def _rows(ax: Axes, values: dict[str, float], text: Sequence[str], gap: float) -> None:
    # A row for each value from the top down, its text to the right of it.
    for i, (value, label) in enumerate(zip(values.values(), text, strict=True)):
        ax.annotate(label, (value, i), (gap, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)


def dots(ax: Axes, values: dict[str, float], colors: Sequence[str], text: Sequence[str]) -> None:
    """A labeled dot for each value: no bars, for on a log axis a bar's length means nothing."""
    ax.scatter(list(values.values()), range(len(values)), s=130, c=colors, zorder=3)
    _rows(ax, values, text, 11)


def powers_of_ten(ax: Axes, low: float, high: float) -> None:
    """A logarithmic x-axis with ticks such as 10, 1k and 1M."""
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
    dots(ax, pounds, colors, [f"{lb:,.0f}" for lb in pounds.values()])
    powers_of_ten(ax, 10, 1e7)
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


PANELS = {
    "Energy, kWh": (("energy",), (10, 3e6)),
    "Emissions, lb of CO2e": (("CO2e",), (10, 3e6)),
    "Renting, dollars": (("cloud, pre-emptible", "cloud, on demand"), (10, 1e7)),
}


def table3(cost: Cost = carbon.training_cost) -> None:
    """Energy, CO2e and cloud dollars of training each model, Strubell's Table 3, on log axes.

    Open circles are printed, dots computed by `cost` from the printed hours; red crosses differ.
    """
    table = carbon.table3(cost)
    rows = list(dict.fromkeys(cell.row for cell in table))
    fig, axes = plt.subplots(1, len(PANELS), figsize=(13, 4.8), sharey=True)
    made = []
    for ax, (title, (columns, span)) in zip(axes, PANELS.items(), strict=True):
        for y, row in enumerate(rows):
            cells = [cell for cell in table if cell.row == row and cell.column in columns]
            if not cells:
                ax.annotate("watts unknown", (20, y), va="center", color=GRAY, fontsize=11)
            ax.plot([cell.printed for cell in cells], [y] * len(cells), color=GRAY, lw=1.5)
            for cell in cells:
                ax.plot(cell.printed, y, "o", ms=13, mfc="white", color=GRAY, mew=1.8)
                style = {"marker": "o", "color": BLUE} if cell.agrees else DIFFERS
                ax.plot(cell.computed, y, ms=6, **style)
            made += cells
        ax.grid(axis="y", visible=False)
        powers_of_ten(ax, *span)
        ax.set_title(title)
    axes[0].set_yticks(range(len(rows)), rows)
    axes[0].invert_yaxis()
    handles = [
        plt.Line2D([], [], ls="", marker="o", ms=13, mfc="white", mec=GRAY, label="printed"),
        plt.Line2D([], [], ls="", marker="o", ms=6, color=BLUE, label="computed, agrees"),
        plt.Line2D([], [], ls="", ms=6, **DIFFERS, label="computed, differs"),
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=12)
    wrong = [cell for cell in made if not cell.agrees]
    farthest = 100 * max((abs(cell.computed / cell.printed - 1) for cell in wrong), default=0)
    kinds = [sum(cell.column in columns for cell in made) for columns, _ in PANELS.values()]
    text = (
        f"of Table 3's {len(made)} numbers that the function computes ({kinds[0]} kWh, {kinds[1]} "
        f"lb, {kinds[2]} amounts of dollars) {len(made) - len(wrong)} agree and {len(wrong)} differ"
    )
    if wrong:
        text += f", by at most {farthest:.2g}%: those of "
        text += " and ".join(dict.fromkeys(cell.row for cell in wrong))
    pounds = [cell.printed for cell in table if cell.column == "CO2e"]
    show(
        fig,
        f"{text}. The largest emissions are {max(pounds) / min(pounds):,.0f} times the smallest; "
        "those of TPUs can't be told. The axes are logarithmic.",
    )


def in_kg(kg: float) -> str:
    """Kilograms with three digits or all before the point."""
    return f"{kg:,.0f}" if kg >= 100 else f"{kg:.3g}"


def where(
    kwh: float,
    countries: Sequence[str] = COUNTRIES,
    by_country: Callable = carbon.by_country,
    job: str | None = None,
) -> None:
    """CO2e of a job of `kwh` by country, on each country's yearly average, as `by_country` has it.

    `job`: its name for the title. The averages' year stands there, at a bar only where it differs.
    Raises ValueError for an unknown country, none at all or negative energy.
    """
    if not countries:
        raise ValueError("name at least one country to train in")
    known = {grid.country: grid for grid in map(carbon.grid, countries)}
    kg = dict(by_country(kwh, {name: grid.g_per_kwh for name, grid in known.items()}))
    grids = [known[name] for name in kg]
    years = [grid.year for grid in grids]
    usual = max(years, key=years.count)
    fig, ax = plt.subplots(figsize=(10, 1.4 + 0.36 * len(grids)))
    special = {carbon.WORLD: GRAY, carbon.PAPER_US: ORANGE}
    colors = [special.get(grid, BLUE) for grid in grids]
    ax.barh(range(len(kg)), list(kg.values()), color=colors, height=0.66)
    notes = ["" if year == usual else f" ({year})" for year in years]
    _rows(ax, kg, [f"{in_kg(n)} kg{note}" for n, note in zip(kg.values(), notes, strict=True)], 6)
    ax.grid(axis="y", visible=False)
    ax.set_xlim(0, 1.2 * max(kg.values()) or 1)
    ax.xaxis.set_major_formatter("{x:,g}")
    job = job or f"{kwh:,.4g} kWh"
    ax.set(xlabel="kg of CO2e", title=f"What {job} emit, by country ({usual} averages)")
    cleanest, dirtiest = grids[0], grids[-1]
    text = f"{job} emit {in_kg(kg[cleanest.country])} kg in {cleanest.country}"
    if dirtiest.g_per_kwh > cleanest.g_per_kwh > 0:
        times = dirtiest.g_per_kwh / cleanest.g_per_kwh
        there = f"{dirtiest.country} {in_kg(kg[dirtiest.country])} kg"
        text += f", in {there}, {times:.1f} times as much"
    paper = carbon.PAPER_US.country
    if paper in kg:
        text += f", and {in_kg(kg[paper])} kg on {paper} ({carbon.PAPER_US.g_per_kwh:.0f} g/kWh)"
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
        below = round(100 * (1 - least / mean_g_per_kwh))
        text += f"least when it starts at {best}:00, {saved}% less than at {worst}:00, the worst, "
        text += f"and {below}% less than by the day's mean"
    else:
        text += "as much whenever it starts"
    show(
        fig,
        f"{text}. No grid measured this day: it only has the shape that much solar power gives.",
    )
