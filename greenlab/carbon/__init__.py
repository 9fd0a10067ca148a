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
    co2e,
    co2e_kg,
    co2e_lb,
    electricity_usd,
    embodied_kg,
    energy_kwh,
    equivalents,
    grams_co2e,
    hours_behind,
    joules_to_kwh,
    kg_to_lb,
    lb_to_kg,
    training_cost,
)
from greenlab.carbon.calculator import HARDWARE, Footprint, Hardware, footprint
from greenlab.carbon.cells import Cell, Table
from greenlab.carbon.corrections import (
    BLOOM,
    BLOOM_EMBODIED_SHARE,
    FINDINGS,
    NAS,
    NAS_TOO_HIGH,
    Estimate,
    per_model_kg,
)
from greenlab.carbon.countries import PAPER_US, WORLD, Grid, by_country, grid, grids, intensity
from greenlab.carbon.schedule import cheapest_start, mean_intensity, synthetic_day
from greenlab.carbon.tables import RUNS, table1, table3, table4

__all__ = [
    "BLOOM",
    "BLOOM_EMBODIED_SHARE",
    "CLOUD_USD_PER_HOUR",
    "EQUIVALENTS",
    "FINDINGS",
    "HARDWARE",
    "KG_PER_LB",
    "NAS",
    "NAS_TOO_HIGH",
    "PAPER_US",
    "PUE",
    "RUNS",
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
    "by_country",
    "cheapest_start",
    "cloud_usd",
    "co2e",
    "co2e_kg",
    "co2e_lb",
    "electricity_usd",
    "embodied_kg",
    "energy_kwh",
    "equivalents",
    "footprint",
    "grams_co2e",
    "grid",
    "grids",
    "hours_behind",
    "intensity",
    "joules_to_kwh",
    "kg_to_lb",
    "lb_to_kg",
    "mean_intensity",
    "per_model_kg",
    "synthetic_day",
    "table1",
    "table3",
    "table4",
    "training_cost",
]
