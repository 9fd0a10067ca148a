"""Carbon accounting: Strubell, Ganesh and McCallum 2019 as functions and data, and what came after.

Energy is in kWh, power in watts, CO2e in kg or in the paper's pounds (lb), money in US dollars;
every name says which. Country, PUE and price are separate factors that the caller sees.
"""

from __future__ import annotations

from greenlab.carbon.arithmetic import (
    CLOUD_USD_PER_HOUR,
    EQUIVALENTS,
    KG_PER_LB,
    PUE,
    US_LB_PER_KWH,
    USD_PER_KWH,
    Equivalent,
    cloud_usd,
    co2e_kg,
    co2e_lb,
    electricity_usd,
    embodied_kg,
    energy_kwh,
    equivalents,
    joules_to_kwh,
    kg_to_lb,
    lb_to_kg,
)
from greenlab.carbon.calculator import HARDWARE, Footprint, Hardware, footprint
from greenlab.carbon.corrections import BLOOM, BLOOM_EMBODIED_SHARE, FINDINGS, NAS, Estimate
from greenlab.carbon.countries import WORLD, Grid, grid, grids, intensity
from greenlab.carbon.schedule import cheapest_start, mean_intensity, synthetic_day
from greenlab.carbon.tables import Cell, Table, table1, table3, table4

__all__ = [
    "BLOOM",
    "BLOOM_EMBODIED_SHARE",
    "CLOUD_USD_PER_HOUR",
    "EQUIVALENTS",
    "FINDINGS",
    "HARDWARE",
    "KG_PER_LB",
    "NAS",
    "PUE",
    "USD_PER_KWH",
    "US_LB_PER_KWH",
    "WORLD",
    "Cell",
    "Equivalent",
    "Estimate",
    "Footprint",
    "Grid",
    "Hardware",
    "Table",
    "cheapest_start",
    "cloud_usd",
    "co2e_kg",
    "co2e_lb",
    "electricity_usd",
    "embodied_kg",
    "energy_kwh",
    "equivalents",
    "footprint",
    "grid",
    "grids",
    "intensity",
    "joules_to_kwh",
    "kg_to_lb",
    "lb_to_kg",
    "mean_intensity",
    "synthetic_day",
    "table1",
    "table3",
    "table4",
]
