"""The equations: watts and hours to kWh, kWh to CO2e and dollars, CO2e to what it equals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

PUE = 1.58  # Strubell 2019, section 2: data centers' worldwide average (Ascierto 2018)
US_LB_PER_KWH = 0.954  # Strubell 2019, equation 2: the US average of EPA's eGRID 2018
USD_PER_KWH = 0.12  # Strubell 2019, section 3: the US average price of electricity
KG_PER_LB = 0.45359237  # by definition
JOULES_PER_KWH = 3.6e6  # by definition

# Dollars for a device-hour, pre-emptible and on demand: solved from the dollars printed in
# Strubell 2019, Tables 3 and 4, which they reproduce (BERT's on V100 with the 79.2 h of section
# 2.1, the NAS's on TPUv2 with 32,633 h). No vendor's list was seen.
CLOUD_USD_PER_HOUR = {
    "P100": (0.43, 1.46),
    "V100": (0.74, 2.48),
    "TPUv2": (1.35, 4.50),
    "TPUv3": (2.40, 8.00),
}


@dataclass(frozen=True)
class Equivalent:
    """Something known that emits `lb` pounds of CO2e, and who says so."""

    name: str
    lb: float
    source: str


EQUIVALENTS = (
    Equivalent("flight New York–San Francisco, one passenger", 1_984, "Strubell 2019, Table 1"),
    Equivalent("car with its fuel, one lifetime", 126_000, "Strubell 2019, Table 1"),
    Equivalent("human life, one year (average)", 11_023, "Strubell 2019, Table 1"),
    Equivalent("American life, one year (average)", 36_156, "Strubell 2019, Table 1"),
)


def at_least(least: float, **values: float) -> None:
    """Raise ValueError, naming the argument, for a value that is below `least` or not finite."""
    for name, value in values.items():
        if not (math.isfinite(value) and value >= least):
            raise ValueError(f"{name} must be a number, {least:g} or more; got {value!r}")


def energy_kwh(
    hours: float,
    cpu_watts: float,
    dram_watts: float,
    gpu_watts: float,
    gpus: int,
    pue: float = PUE,
) -> float:
    """Equation 1: PUE · t · (p_c + p_r + g · p_g) / 1000, in kWh.

    `hours` on the clock, average watts of all CPUs, of all DRAM and of one GPU, the number of GPUs.
    `pue`: what the data center draws over what its computers draw; 1 leaves its cooling out.
    Raises ValueError for a negative or infinite number and for a PUE below 1.
    """
    at_least(
        0, hours=hours, cpu_watts=cpu_watts, dram_watts=dram_watts, gpu_watts=gpu_watts, gpus=gpus
    )
    at_least(1, pue=pue)
    return pue * hours * (cpu_watts + dram_watts + gpus * gpu_watts) / 1000


def joules_to_kwh(joules: float, pue: float = 1.0) -> float:
    """kWh of measured joules; a meter knows no cooling, so the PUE is 1 unless it is given.

    Raises ValueError for negative joules and for a PUE below 1.
    """
    at_least(0, joules=joules)
    at_least(1, pue=pue)
    return pue * joules / JOULES_PER_KWH


def co2e_lb(kwh: float, lb_per_kwh: float = US_LB_PER_KWH) -> float:
    """Equation 2: pounds of CO2e of `kwh`, by default on the US grid as the paper has it.

    Raises ValueError for a negative number.
    """
    at_least(0, kwh=kwh, lb_per_kwh=lb_per_kwh)
    return lb_per_kwh * kwh


def co2e(kwh: float, lb_per_kwh: float = US_LB_PER_KWH) -> tuple[float, float]:
    """Equation 2 in both units: (pounds, kilograms) of CO2e of `kwh`.

    Raises ValueError for a negative number.
    """
    lb = co2e_lb(kwh, lb_per_kwh)
    return lb, lb_to_kg(lb)


def co2e_kg(kwh: float, g_per_kwh: float) -> float:
    """Kilograms of CO2e of `kwh` on a grid: `co2e_kg(10, intensity("France"))`.

    Raises ValueError for a negative number.
    """
    at_least(0, kwh=kwh, g_per_kwh=g_per_kwh)
    return g_per_kwh * kwh / 1000


def grams_co2e(
    joules: Sequence[float] | None, g_per_kwh: float, pue: float = 1.0
) -> tuple[float, float, float] | None:
    """Grams of CO2e of (low, best, high) joules; None, which is not 0, where they are unavailable.

    `g_per_kwh` and `pue` are taken as exact. Raises ValueError for a negative intensity and for a
    PUE below 1.
    """
    at_least(0, g_per_kwh=g_per_kwh)
    at_least(1, pue=pue)
    if joules is None:
        return None
    low, best, high = (pue * j / JOULES_PER_KWH * g_per_kwh for j in joules)
    return low, best, high


def lb_to_kg(lb: float) -> float:
    """Kilograms of `lb` pounds."""
    return lb * KG_PER_LB


def kg_to_lb(kg: float) -> float:
    """Pounds of `kg` kilograms."""
    return kg / KG_PER_LB


def electricity_usd(kwh: float, usd_per_kwh: float = USD_PER_KWH) -> float:
    """Dollars of `kwh`, by default at the paper's price. Raises ValueError below 0."""
    at_least(0, kwh=kwh, usd_per_kwh=usd_per_kwh)
    return usd_per_kwh * kwh


def cloud_usd(hours: float, device: str, devices: int = 1) -> tuple[float, float]:
    """Dollars for renting `devices` of one kind for `hours`: (pre-emptible, on demand).

    At the prices that reproduce the dollars of Strubell 2019: CLOUD_USD_PER_HOUR.
    Raises ValueError for a device without a price in CLOUD_USD_PER_HOUR or a negative number.
    """
    at_least(0, hours=hours, devices=devices)
    if device not in CLOUD_USD_PER_HOUR:
        raise ValueError(f"no price for {device!r}; choose one of {list(CLOUD_USD_PER_HOUR)}")
    low, high = CLOUD_USD_PER_HOUR[device]
    return low * hours * devices, high * hours * devices


def training_cost(
    watts: float, hours: float, device: str, devices: int
) -> tuple[float, float, float, float]:
    """A row of Table 3: kWh, pounds of CO2e, dollars pre-emptible, dollars on demand.

    `watts`: of the whole machine, before cooling; the PUE, the grid and the prices are the paper's.
    Raises ValueError as `cloud_usd` does.
    """
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    return kwh, co2e_lb(kwh), *cloud_usd(hours, device, devices)


def hours_behind(printed: float, per_hour: float, step: float = 1.0) -> tuple[float, float]:
    """The hours, lowest to highest, that make what rounds to `printed` at `per_hour` for each hour.

    `step`: the unit of the last printed digit; 103k has 1000. Raises ValueError for a negative
    number or no rate.
    """
    at_least(0, printed=printed, per_hour=per_hour, step=step)
    if per_hour == 0:
        raise ValueError("per_hour must be more than 0")
    return (printed - step / 2) / per_hour, (printed + step / 2) / per_hour


def equivalents(kg: float) -> dict[str, float]:
    """How many flights, car lifetimes, human and American years emit `kg` of CO2e.

    Raises ValueError for negative kilograms.
    """
    at_least(0, kg=kg)
    return {known.name: kg_to_lb(kg) / known.lb for known in EQUIVALENTS}


def embodied_kg(operational_kg: float, share: float) -> float:
    """CO2e of making the hardware, where it is `share` of the whole, in kg: shown, never added.

    `operational_kg`: from the electricity, the rest of the whole. BLOOM's share is
    `BLOOM_EMBODIED_SHARE`. Raises ValueError unless 0 ≤ share < 1.
    """
    at_least(0, operational_kg=operational_kg)
    if not 0 <= share < 1:
        raise ValueError(f"share must be from 0 to below 1 of the whole; got {share!r}")
    return operational_kg * share / (1 - share)
