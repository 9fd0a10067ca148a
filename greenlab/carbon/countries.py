"""What a kWh emits, by country: Ember's yearly electricity data (data/grid_intensity.md)."""

from __future__ import annotations

import csv
import difflib
import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from greenlab.carbon.arithmetic import KG_PER_LB, US_LB_PER_KWH, co2e_kg

SHIPPED = Path(__file__).parents[1] / "data" / "grid_intensity.csv"


@dataclass(frozen=True)
class Grid:
    """A country's electricity: grams of CO2e for each kWh made, averaged over `year`."""

    iso2: str
    iso3: str
    country: str
    year: int
    g_per_kwh: float


# Ember's yearly electricity data via Our World in Data; "WORLD" is no ISO code.
WORLD = Grid("", "WORLD", "World", 2024, 472.94)

# Strubell 2019, equation 2: CO2 of the US grid, as the EPA published it in 2018. Ember counts more:
# the whole life of fuels and plants.
PAPER_US = Grid("", "", "the paper's US grid", 2018, 1000 * US_LB_PER_KWH * KG_PER_LB)


@functools.cache
def grids() -> tuple[Grid, ...]:
    """All countries of the shipped table, by name. Raises RuntimeError when it can't be read."""
    try:
        with SHIPPED.open(encoding="utf-8", newline="") as file:
            rows = [
                Grid(
                    row["iso2"],
                    row["iso3"],
                    row["country"],
                    int(row["year"]),
                    float(row["g_co2e_per_kwh"]),
                )
                for row in csv.DictReader(file)
            ]
        if not rows:
            raise ValueError("it has no rows")
    except (OSError, KeyError, TypeError, ValueError) as error:
        from greenlab.installed import reinstall

        raise RuntimeError(f"{SHIPPED} can't be read: {error}. {reinstall(SHIPPED)}") from error
    return tuple(sorted(rows, key=lambda row: row.country))


def _plain(name: str) -> str:
    # "Côte d'Ivoire" and "cote d ivoire" are one name.
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in letters if c.isalnum())


@functools.cache
def _by_name() -> dict[str, Grid]:
    rows = (WORLD, PAPER_US, *grids())
    known = {_plain(key): row for row in rows for key in (row.iso2, row.iso3, row.country) if key}
    return known | {"uk": known["gb"]}  # reserved for it in ISO 3166


def _nearest(country: str) -> list[str]:
    asked = _plain(country)
    names = {_plain(row.country): row.country for row in (WORLD, *grids())}
    inside = [name for plain, name in names.items() if len(asked) > 2 and asked in plain]
    alike = [names[plain] for plain in difflib.get_close_matches(asked, names, 3, 0.5)]
    return list(dict.fromkeys(inside + alike))[:4]


def grid(country: str) -> Grid:
    """A country's grid, by iso2 ("FR"), iso3 ("FRA") or name ("France"); "World": the average.

    "the paper's US grid" is that of Strubell 2019. Raises ValueError, with the nearest names, for
    one that is not in the table.
    """
    if not isinstance(country, str):
        raise ValueError(f"country must be a name or code, as 'France' or 'FR'; got {country!r}")
    found = _by_name().get(_plain(country))
    if found is None:
        near = _nearest(country)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise ValueError(f"unknown country {country!r}; {hint}carbon.grids() lists all")
    return found


def intensity(country: str) -> float:
    """Grams of CO2e for each kWh made in `country`: iso2, iso3, name or "World".

    Raises ValueError, with the nearest names, for one that is not in the table.
    """
    return grid(country).g_per_kwh


def by_country(kwh: float, g_per_kwh: Mapping[str, float]) -> list[tuple[str, float]]:
    """(country, kg of CO2e) of a job of `kwh` on each grid, the cleanest first.

    Raises ValueError for a negative number.
    """
    kg = {country: co2e_kg(kwh, grams) for country, grams in g_per_kwh.items()}
    return sorted(kg.items(), key=lambda pair: pair[1])
