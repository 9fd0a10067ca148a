"""The usual slips in the carbon lab, computed: what each would give, by its name.

Most functions return {the mistake in words: the value it leads to}, for `check.close`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real

from greenlab import carbon, check

Slips = dict[str, float | Sequence[float]]


def numbers(got: object, what: str, names: Sequence[str]) -> list[float]:
    """The numbers of an answer that should have one for each of `names`, in this order.

    Raises NotYet, saying what is there instead. Tuples, lists and arrays are fine.
    """
    wanted = ", ".join(names)
    check.that(got is not None, f"{what} gave None.\n  Likely mistake: the function has no return.")
    check.that(
        not isinstance(got, Mapping),
        f"{what} gave a dict; give the numbers alone, in this order: {wanted}.",
    )
    try:
        parts = list(got)
    except TypeError:
        kind = f"the number {got:.6g}" if isinstance(got, Real) else f"a {type(got).__name__}"
        message = f"{what} should give {len(names)} numbers ({wanted}), but gave {kind} alone."
        raise check.NotYet(message) from None
    try:
        _ = parts and got[0]  # neither a generator nor a set can do this
    except TypeError:
        message = f"{what} gave something that is used up by reading or has no order"
        raise check.NotYet(f"{message}: put tuple(…) around it.") from None
    count = len(parts)
    check.that(
        count == len(names), f"{what} should give {len(names)} numbers ({wanted}); it gave {count}."
    )
    found = []
    for name, part in zip(names, parts, strict=True):
        try:
            found.append(float(part))
        except (TypeError, ValueError):
            message = f"{what}: its part “{name}” should be a number, but is {_kind(part)}."
            raise check.NotYet(message) from None
    return found


def _kind(part: object) -> str:
    inner = isinstance(part, tuple | list)
    return f"a {type(part).__name__} of {len(part)}; take one of them" if inner else repr(part)


def energy_kwh(
    hours: float, cpu: float, dram: float, gpu: float, gpus: int, pue: float
) -> dict[str, float]:
    """Slips of equation 1; watts of all CPUs, all DRAM and one GPU."""
    watts = cpu + dram + gpus * gpu
    right = pue * hours * watts / 1000
    return {
        "the PUE is forgotten": right / pue,
        "the PUE is applied twice": right * pue,
        "the PUE divides; it multiplies, for cooling comes on top": right / pue**2,
        "the PUE multiplies the GPUs alone; it is for the whole machine": (
            hours * (cpu + dram + pue * gpus * gpu) / 1000
        ),
        "the PUE multiplies the CPUs alone; it is for the whole machine: put brackets": (
            hours * (pue * cpu + dram + gpus * gpu) / 1000
        ),
        "the PUE multiplies the memory alone; it is for the whole machine": (
            hours * (cpu + pue * dram + gpus * gpu) / 1000
        ),
        "the PUE multiplies CPUs and memory alone; it is for the GPUs too": (
            hours * (pue * (cpu + dram) + gpus * gpu) / 1000
        ),
        "the PUE is added; it multiplies": hours * watts / 1000 + pue,
        "the PUE is fixed at 1.58; use the argument": right / pue * 1.58,
        "these are watt-hours; a kilowatt is 1000 watts": right * 1000,
        "watts are divided by 1000 twice": right / 1000,
        "hours were made seconds; a kilowatt-hour wants hours": right * 3600,
        "hours were made seconds, and watts not kilowatts: these are joules": right * 3.6e6,
        "hours were divided by 3600; a kilowatt-hour wants hours": right / 3600,
        "hours were divided by 60; a kilowatt-hour wants hours": right / 60,
        "the hours are missing: this is a power": right / hours,
        "the number of GPUs is missing: gpu_watts are those of one": (
            pue * hours * (cpu + dram + gpu) / 1000
        ),
        "the number of GPUs multiplies CPU and DRAM too; cpu_watts and dram_watts are of all": (
            pue * hours * gpus * (cpu + dram + gpu) / 1000
        ),
        "DRAM is missing": pue * hours * (cpu + gpus * gpu) / 1000,
        "the CPUs are missing": pue * hours * (dram + gpus * gpu) / 1000,
        "the GPUs are missing": pue * hours * (cpu + dram) / 1000,
        "only the GPUs are there": pue * hours * gpus * gpu / 1000,
        "brackets are missing: add all watts up, then multiply": (
            pue * hours * cpu + dram + gpus * gpu / 1000
        ),
        "brackets are missing: add all watts up, then multiply and divide": (
            (pue * hours * cpu + dram + gpus * gpu) / 1000
        ),
    }


def co2e(kwh: float, lb_per_kwh: float) -> Slips:
    """Slips of equation 2 in both units."""
    lb, kg = lb_per_kwh * kwh, carbon.lb_to_kg(lb_per_kwh * kwh)
    return {
        "pounds and kilograms are in the wrong order: pounds come first": (kg, lb),
        "kilograms are made by dividing; a pound is less than a kilogram: multiply": (
            lb,
            carbon.kg_to_lb(lb),
        ),
        "the kilograms are the pounds, unchanged": (lb, lb),
        "the kilograms come from the energy; make them from the pounds": (lb, carbon.lb_to_kg(kwh)),
        "kilograms are divided by 1000: those are metric tons": (lb, kg / 1000),
        "kilograms are multiplied by 1000: those are grams": (lb, 1000 * kg),
        "0.45 is too rough; use carbon.KG_PER_LB": (lb, 0.45 * lb),
        "0.5 is too rough; use carbon.KG_PER_LB": (lb, 0.5 * lb),
        "the grid is fixed at 0.954 lb/kWh; use the argument": (
            0.954 * kwh,
            carbon.lb_to_kg(0.954 * kwh),
        ),
        "the energy is divided by the grid's intensity; multiply": (
            kwh / lb_per_kwh,
            carbon.lb_to_kg(kwh / lb_per_kwh),
        ),
        "the PUE is applied again; kwh holds it": (1.58 * lb, 1.58 * kg),
        "the pounds are divided by 1000": (lb / 1000, kg / 1000),
    }


def training_cost(watts: float, hours: float, device: str, devices: int) -> Slips:
    """Slips of a row of Table 3; watts of the whole machine."""
    kwh, lb, low, high = carbon.training_cost(watts, hours, device, devices)
    p100 = carbon.cloud_usd(hours, "P100", devices)
    return {
        "the watts are multiplied by the number of devices; they are those of the whole machine": (
            kwh * devices,
            lb * devices,
            low,
            high,
        ),
        "the dollars are those of one device": (kwh, lb, low / devices, high / devices),
        "watts and dollars: the watts are the whole machine's, the price is one device's": (
            kwh * devices,
            lb * devices,
            low / devices,
            high / devices,
        ),
        "CO2e is in kilograms; the table has pounds": (kwh, carbon.lb_to_kg(lb), low, high),
        "the hours are missing in the dollars": (kwh, lb, low / hours, high / hours),
        "the dollars are paid for kWh; a cloud rents by the hour": (
            kwh,
            lb,
            low / hours / devices * kwh,
            high / hours / devices * kwh,
        ),
        "the dollars are those of the electricity; rent the devices": (
            kwh,
            lb,
            carbon.electricity_usd(kwh),
            carbon.electricity_usd(kwh),
        ),
        "the PUE is in the dollars too; a cloud's price holds its cooling": (
            kwh,
            lb,
            1.58 * low,
            1.58 * high,
        ),
        "the two prices are swapped: pre-emptible first": (kwh, lb, high, low),
        "both prices are the same one: PRICES[device] holds two": (kwh, lb, low, low),
        "the PUE is forgotten": (kwh / 1.58, lb / 1.58, low, high),
        "the PUE is applied twice": (kwh * 1.58, lb * 1.58, low, high),
        "the PUE is applied twice in the CO2e": (kwh, lb * 1.58, low, high),
        "the price is always that of a P100; use device": (kwh, lb, *p100),
        "these are watt-hours; a kilowatt is 1000 watts": (kwh * 1000, lb * 1000, low, high),
        "the numbers are rounded; keep the digits, don't round": tuple(
            round(number) for number in (kwh, lb, low, high)
        ),
        "the numbers are rounded to one digit; keep them all, don't round": tuple(
            round(number, 1) for number in (kwh, lb, low, high)
        ),
        "the dollars are rounded; keep the digits, don't round": (kwh, lb, round(low), round(high)),
    }


def hours_behind(printed: float, per_hour: float, step: float) -> Slips:
    """Slips of the hours behind a printed number."""
    center, half = printed / per_hour, step / 2 / per_hour
    return {
        "a whole step is taken to each side; rounding hides half of one": (
            center - 2 * half,
            center + 2 * half,
        ),
        "half a step is taken off the hours; it belongs to the printed number, before dividing": (
            center - step / 2,
            center + step / 2,
        ),
        "half an hour is taken to each side; take half a step, of the printed number": (
            center - 0.5,
            center + 0.5,
        ),
        "low and high are swapped": (center + half, center - half),
        "the printed number is multiplied by the rate; divide": (
            (printed - step / 2) * per_hour,
            (printed + step / 2) * per_hour,
        ),
        "the rate is divided by the printed number": (
            per_hour / (printed + step / 2),
            per_hour / (printed - step / 2),
        ),
        "both ends are the same: the printed number was rounded": (center, center),
        "these are the printed number's bounds; divide them by the rate": (
            printed - step / 2,
            printed + step / 2,
        ),
        "the step is always 1; use the argument": (
            (printed - 0.5) / per_hour,
            (printed + 0.5) / per_hour,
        ),
        "the lower bound is the printed number itself: it may have been rounded up": (
            center,
            center + half,
        ),
        "this is from the printed number a whole step up; take half a step to each side": (
            center,
            center + 2 * half,
        ),
        "this is from the printed number a whole step down; take half a step to each side": (
            center - 2 * half,
            center,
        ),
        "these are the printed number and one a step higher; take half a step to each side of it, "
        "and divide by the rate": (printed, printed + step),
    }
