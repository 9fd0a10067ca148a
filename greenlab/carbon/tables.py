"""Tables 1, 3 and 4 of Strubell 2019, each cell printed against computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from greenlab.carbon.arithmetic import (
    CLOUD_USD_PER_HOUR,
    KG_PER_LB,
    electricity_usd,
    training_cost,
)
from greenlab.carbon.cells import VERDICT, Cell, Table, checked, given

# (watts, hours, device, devices) to (kWh, lb, dollars pre-emptible, dollars on demand)
Cost = Callable[[float, float, str, int], tuple[float, float, float, float]]

CLOUD = ("cloud, pre-emptible", "cloud, on demand")


@dataclass(frozen=True)
class Run:
    """A row of Table 3 as printed; watts, kWh and pounds are not printed for TPUs.

    `meant`: the hours that the other cells come from, where they are not the printed ones.
    """

    model: str
    device: str
    devices: int
    hours: float
    usd: tuple[float, float]
    watts: float | None = None
    kwh: float | None = None
    lb: float | None = None
    meant: float | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """Model and hardware, as "BERT base, 64 × V100"."""
        return f"{self.model}, {self.devices} × {self.device}"


# Section 2.1: 3.3 days for BERT; 979M steps for NAS, 300k in 84 h on 8 P100, 10 h on a TPUv2.
_BERT = {"meant": 3.3 * 24, "why": "79 is 79.2 (section 2.1: 3.3 days) rounded"}
_NAS = {"meant": 979e6 / 3e5 * 84, "why": "979M steps, 300k in 84 h (section 2.1)"}
_NAS_TPU = {"meant": round(979e6 / 3e5 * 10), "why": "32,623 is a slip for 32,633"}
RUNS = (
    Run("Transformer base", "P100", 8, 12, (41, 140), 1415.78, 27, 26),
    Run("Transformer big", "P100", 8, 84, (289, 981), 1515.43, 201, 192),
    Run("ELMo", "P100", 3, 336, (433, 1472), 517.66, 275, 262),
    Run("BERT base", "V100", 64, 79, (3751, 12571), 12041.51, 1507, 1438, **_BERT),
    Run("BERT base", "TPUv2", 16, 96, (2074, 6912)),
    Run("NAS", "P100", 8, 274_120, (942_973, 3_201_722), 1515.43, 656_347, 626_155, **_NAS),
    Run("NAS", "TPUv2", 1, 32_623, (44_055, 146_848), **_NAS_TPU),
    Run("GPT-2", "TPUv3", 32, 168, (12_902, 43_008)),
)


def priced_elsewhere(run: Run) -> bool:
    """Whether another row has the device too, so that its price is not this row's alone."""
    return sum(other.device == run.device for other in RUNS) > 1


def _hours(run: Run) -> Cell:
    if run.meant is None:
        return given(run.name, "hours", "h", run.hours, "reported by who trained it (section 2.1)")
    return checked(run.name, "hours", "h", run.hours, run.meant, run.why)


def _by_hours(
    run: Run, column: str, unit: str, printed: float, made: float, meant: float, how: str
) -> Cell:
    cell = checked(run.name, column, unit, printed, made, how)
    if cell.agrees or run.meant is None:
        return cell
    agrees = VERDICT[checked(run.name, column, unit, printed, meant, "").agrees]
    why = f"{run.why}; with {run.meant:,.10g} h: {meant:,.0f}, {agrees}"
    return replace(cell, why=why)


def table3(cost: Cost = training_cost) -> Table:
    """Table 3: what training one model takes, from its watts, hours and devices by `cost`.

    Every cell is computed from the hours as they are printed.
    """
    cells = []
    for run in RUNS:
        cells.append(_hours(run))
        made, meant = (
            cost(run.watts or 0, hours, run.device, run.devices)  # the dollars need no watts
            for hours in (run.hours, run.meant or run.hours)
        )
        columns = [
            ("energy", "kWh", run.kwh, "equation 1"),
            ("CO2e", "lb", run.lb, "equation 2"),
        ]
        for name, printed, usd in zip(CLOUD, run.usd, CLOUD_USD_PER_HOUR[run.device], strict=True):
            how = f"devices · hours · ${usd:.2f}"
            if not priced_elsewhere(run):
                how += ", solved from this row"
            columns.append((name, "USD", printed, how))
        if run.watts is not None:
            why = "from the authors' measurements on other cards (section 2)"
            cells.append(given(run.name, "power", "W", run.watts, why, 0.01))
        for (column, unit, printed, how), *both in zip(columns, made, meant, strict=True):
            if printed is not None:
                cells.append(_by_hours(run, column, unit, printed, *both, how))
    return Table("Strubell 2019, Table 3: training one model", tuple(cells))


# Watts of one GPU-hour behind Tables 1 and 4: not printed, solved from the 78,468 lb of Table 1.
R_AND_D_WATTS = 216.96
_R_AND_D = (  # jobs, hours, cloud dollars and their last digit, electricity dollars
    (1, 120, (52, 175), 1, 5),
    (24, 2_880, (1_238, 4_205), 1, 118),
    (4_789, 239_942, (103_000, 350_000), 1_000, 9_870),
)


def table4(cost: Cost = training_cost) -> Table:
    """Table 4: what the research and development of one NLP pipeline took, by `cost`."""
    cells = []
    for jobs, hours, usd, step, electricity in _R_AND_D:
        row = f"{jobs:,} job{'s' if jobs > 1 else ''}"
        if jobs == 24:
            cells.append(checked(row, "hours", "h", hours, 24 * 120, "24 jobs of 120 h each"))
        else:
            cells.append(given(row, "hours", "h", hours, "from the authors' logs"))
        kwh, _, *dollars = cost(R_AND_D_WATTS, hours, "P100", 1)
        prices = CLOUD_USD_PER_HOUR["P100"]
        for name, printed, made, price in zip(CLOUD, usd, dollars, prices, strict=True):
            how = f"hours · ${price:.2f}, a P100's price"
            cells.append(checked(row, name, "USD", printed, made, how, step))
        made = electricity_usd(kwh)
        how = f"equation 1 with {R_AND_D_WATTS} W · $0.12"
        cells.append(checked(row, "electricity", "USD", electricity, made, how))
    return Table("Strubell 2019, Table 4: research and development of one model", tuple(cells))


def table1(cost: Cost = training_cost) -> Table:
    """Table 1: CO2e of known things and of training models, in pounds, the latter by `cost`."""
    big, nas = (next(r for r in RUNS if r.model == m) for m in ("Transformer big", "NAS"))
    once, tuned = (cost(R_AND_D_WATTS, hours, "P100", 1)[1] for hours in (120, 239_942))
    trained, searched = (cost(r.watts, r.hours, r.device, r.devices)[1] for r in (big, nas))
    tons = (
        ("air travel NY–SF, one passenger", 1_984, 0.9),
        ("human life, one year", 11_023, 5),
        ("American life, one year", 36_156, 16.4),
    )
    how, circular = "Table 3's watts and hours", f"circular: the {R_AND_D_WATTS} W were solved from"
    cells = [
        checked(row, "CO2e", "lb", lb, t * 1000 / KG_PER_LB, f"cited; it is {t} metric tons")
        for row, lb, t in tons
    ]
    cells += [
        given("car with fuel, one lifetime", "CO2e", "lb", 126_000, "cited"),
        checked("NLP pipeline", "CO2e", "lb", 39, once, f"Table 4's 120 h with {R_AND_D_WATTS} W"),
        Cell("NLP pipeline, tuned", "CO2e", "lb", 78_468, tuned, f"{circular} this cell", None),
        checked("Transformer big", "CO2e", "lb", 192, trained, how),
        checked("Transformer with NAS", "CO2e", "lb", 626_155, searched, how),
    ]
    return Table("Strubell 2019, Table 1: CO2e of known things and of training", tuple(cells))
