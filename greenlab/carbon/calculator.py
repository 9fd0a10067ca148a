"""The calculator: hardware, hours, PUE, country and price to kWh, CO2e, dollars, equivalents."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from greenlab.carbon.arithmetic import (
    PUE,
    USD_PER_KWH,
    at_least,
    cloud_usd,
    co2e_kg,
    electricity_usd,
    embodied_kg,
    energy_kwh,
    equivalents,
    kg_to_lb,
)
from greenlab.carbon.countries import Grid, grid
from greenlab.carbon.tables import R_AND_D_WATTS


@dataclass(frozen=True)
class Hardware:
    """A machine at work: watts of all of it, before cooling, and what a cloud rents it as."""

    watts: float
    device: str
    devices: int
    source: str


_TABLE3 = "printed in Strubell 2019, Table 3, from the authors' measurements on other cards"
_SOLVED = "not printed: solved from Strubell 2019, Tables 1 and 4"
HARDWARE = {
    "1 GPU of the authors' project": Hardware(R_AND_D_WATTS, "P100", 1, _SOLVED),
    "3 P100": Hardware(517.66, "P100", 3, f"{_TABLE3}: ELMo"),
    "8 P100": Hardware(1515.43, "P100", 8, f"{_TABLE3}: Transformer big"),
    "64 V100": Hardware(12041.51, "V100", 64, f"{_TABLE3}: BERT base"),
}


@dataclass(frozen=True)
class Footprint:
    """What a job costs. `embodied_kg` and `cloud_usd` stand apart from the rest, or are None."""

    kwh: float
    kg: float
    electricity_usd: float
    grid: Grid
    pue: float
    cloud_usd: tuple[float, float] | None = None
    embodied_share: float | None = None

    @property
    def lb(self) -> float:
        """Pounds of CO2e of the electricity."""
        return kg_to_lb(self.kg)

    @property
    def embodied_kg(self) -> float | None:
        """CO2e of making the hardware, on top of `kg`, when its share was given."""
        share = self.embodied_share
        return None if share is None else embodied_kg(self.kg, share)

    @property
    def equivalents(self) -> dict[str, float]:
        """How many of each known thing emit as much as the electricity."""
        return equivalents(self.kg)

    def lines(self) -> list[tuple[str, str]]:
        """Name and value of each result, for a table."""
        where = f"{self.grid.country} {self.grid.year}, {self.grid.g_per_kwh:,.0f} g/kWh"
        lines = [
            (f"energy, PUE {self.pue:g}", f"{_digits(self.kwh)} kWh"),
            (f"CO2e, {where}", f"{_digits(self.kg)} kg = {_digits(self.lb)} lb"),
            ("electricity", f"${self.electricity_usd:,.2f}"),
        ]
        if self.cloud_usd is not None:
            low, high = self.cloud_usd
            lines.append(("rented instead, prices of 2019", f"${low:,.2f} to ${high:,.2f}"))
        if self.embodied_kg is not None:
            what = f"making the hardware, {self.embodied_share:.0%} of the whole, apart"
            lines.append((what, f"{_digits(self.embodied_kg)} kg"))
        lines.append(("The same CO2e as", ""))
        return lines + [(name, _times(n)) for name, n in self.equivalents.items()]

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.lines())
        return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in self.lines())

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:{}">{}</td>'
        rows = [
            f"<tr>{cell.format('left', escape(name))}{cell.format('right', escape(value))}</tr>"
            if value
            else f'<tr><th colspan="2" style="text-align:left">{escape(name)}</th></tr>'
            for name, value in self.lines()
        ]
        return f"<table>{''.join(rows)}</table>"


def _digits(value: float) -> str:
    # Three significant digits, never as 1e+05.
    return f"{value:,.0f}" if value >= 1000 else f"{float(f'{value:.3g}'):,.12g}"


def _times(n: float) -> str:
    return f"{_digits(n)} of them" if n >= 1 or n == 0 else f"1/{_digits(1 / n)} of one"


def footprint(
    watts: float,
    hours: float,
    country: str,
    pue: float = PUE,
    usd_per_kwh: float = USD_PER_KWH,
    rent: tuple[str, int] | None = None,
    embodied_share: float | None = None,
) -> Footprint:
    """Energy, CO2e, dollars and equivalents of a machine that draws `watts` for `hours`.

    `watts`: all of it, before cooling. `rent`: a device of CLOUD_USD_PER_HOUR and how many, for
    the price in a cloud. `embodied_share`: of the whole CO2e, for making the hardware; it stands
    apart and is added to nothing. Raises ValueError for a negative number, a PUE below 1, an
    unknown country or device.
    """
    at_least(0, watts=watts)
    if embodied_share is not None:
        embodied_kg(0, embodied_share)  # refuses what is no share
    where = grid(country)
    kwh = energy_kwh(hours, watts, 0, 0, 0, pue)
    kg = co2e_kg(kwh, where.g_per_kwh)
    return Footprint(
        kwh,
        kg,
        electricity_usd(kwh, usd_per_kwh),
        where,
        pue,
        None if rent is None else cloud_usd(hours, *rent),
        embodied_share,
    )
