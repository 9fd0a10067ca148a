"""Tables 1, 3 and 4 of Strubell 2019, each cell printed against computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape

from greenlab.carbon.arithmetic import (
    CLOUD_USD_PER_HOUR,
    KG_PER_LB,
    electricity_usd,
    training_cost,
)

# (watts, hours, device, devices) to (kWh, lb, dollars pre-emptible, dollars on demand)
Cost = Callable[[float, float, str, int], tuple[float, float, float, float]]

CLOUD = ("cloud, pre-emptible", "cloud, on demand")
HEAD = ("row", "column", "printed", "computed", "verdict", "why")
VERDICT = {True: "agrees", False: "differs", None: "not checked"}


@dataclass(frozen=True)
class Cell:
    """One number of a paper's table, and what comes out when it is computed.

    `agrees`: computed rounds to printed; None where the paper leaves nothing to compute it from,
    or where the computation would be circular. `step` is the unit of the last printed digit.
    """

    row: str
    column: str
    unit: str
    printed: float
    computed: float | None
    why: str
    agrees: bool | None
    step: float = 1

    def fields(self) -> tuple[str, ...]:
        """The cell as text: row, column, printed, computed, verdict, why."""
        # As many digits as the paper prints, two more where that hides a difference.
        decimals = 2 if self.step < 1 else 0
        more = 2 if self.agrees is False and self.printed < 10_000 else decimals
        computed = "" if self.computed is None else f"{self.computed:,.{more}f}"
        printed = f"{self.printed:,.{decimals}f}"
        column = f"{self.column}, {self.unit}"
        return self.row, column, printed, computed, VERDICT[self.agrees], self.why


@dataclass(frozen=True)
class Table:
    """The cells of one table; iterate over them, or show it in a notebook."""

    title: str
    cells: tuple[Cell, ...]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def cell(self, row: str, column: str) -> Cell:
        """The cell of a row and a column. Raises ValueError, naming what there is, for none."""
        for cell in self.cells:
            if (cell.row, cell.column) == (row, column):
                return cell
        rows, columns = (sorted({getattr(c, name) for c in self}) for name in ("row", "column"))
        raise ValueError(
            f"no cell {row!r}, {column!r} with a number; rows are {rows}, columns {columns}"
        )

    def __str__(self) -> str:
        lines = [" | ".join(fields) for fields in (HEAD, *(cell.fields() for cell in self))]
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        sides = ("left", "left", "right", "right", "left", "left")
        rows = [HEAD, *(cell.fields() for cell in self)]
        lines = []
        for fields in rows:
            tag = "th" if fields is HEAD else "td"
            weight = "bold" if fields is HEAD or VERDICT[False] in fields else "normal"
            lines += ["<tr>"] + [
                f'<{tag} style="text-align:{side};font-weight:{weight}">{escape(field)}</{tag}>'
                for side, field in zip(sides, fields, strict=True)
            ]
        return f"<table><caption>{escape(self.title)}</caption>{''.join(lines)}</table>"


def _check(
    row: str, column: str, unit: str, printed: float, computed: float, why: str, step: float = 1
) -> Cell:
    # Half a unit of the last digit, and a hair for the arithmetic.
    agrees = abs(computed - printed) <= step / 2 + 1e-6
    return Cell(row, column, unit, printed, computed, why, agrees, step)


def _given(row: str, column: str, unit: str, printed: float, why: str, step: float = 1) -> Cell:
    return Cell(row, column, unit, printed, None, why, None, step)


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
        """Model and hardware, as "BERT base, V100x64"."""
        return f"{self.model}, {self.device}x{self.devices}"


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


def _hours(run: Run) -> Cell:
    if run.meant is None:
        return _given(run.name, "hours", "h", run.hours, "given by the model's authors")
    return _check(run.name, "hours", "h", run.hours, run.meant, run.why)


def _by_hours(
    run: Run, column: str, unit: str, printed: float, made: float, meant: float, how: str
) -> Cell:
    cell = _check(run.name, column, unit, printed, made, how)
    if cell.agrees or run.meant is None:
        return cell
    agrees = VERDICT[_check(run.name, column, unit, printed, meant, "").agrees]
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
            columns.append((name, "USD", printed, f"devices · hours · ${usd:.2f}"))
        if run.watts is not None:
            why = "measured by the paper's authors"
            cells.append(_given(run.name, "power", "W", run.watts, why, 0.01))
        for (column, unit, printed, how), *both in zip(columns, made, meant, strict=True):
            if printed is not None:
                cells.append(_by_hours(run, column, unit, printed, *both, how))
    return Table("Strubell 2019, Table 3: training one model", tuple(cells))


# Watts of one GPU-hour behind Tables 1 and 4: not printed, solved from the 78,468 lb of Table 1.
R_AND_D_WATTS = 216.96
_R_AND_D = (  # models, hours, cloud dollars and their last digit, electricity dollars
    (1, 120, (52, 175), 1, 5),
    (24, 2_880, (1_238, 4_205), 1, 118),
    (4_789, 239_942, (103_000, 350_000), 1_000, 9_870),
)


def table4(cost: Cost = training_cost) -> Table:
    """Table 4: what the research and development of one NLP pipeline took, by `cost`."""
    cells = []
    for models, hours, usd, step, electricity in _R_AND_D:
        row = f"{models:,} model{'s' if models > 1 else ''}"
        if models == 24:
            cells.append(_check(row, "hours", "h", hours, 24 * 120, "24 models of 120 h each"))
        else:
            cells.append(_given(row, "hours", "h", hours, "from the authors' logs"))
        kwh, _, *dollars = cost(R_AND_D_WATTS, hours, "P100", 1)
        prices = CLOUD_USD_PER_HOUR["P100"]
        for name, printed, made, price in zip(CLOUD, usd, dollars, prices, strict=True):
            how = f"hours · ${price:.2f}, a P100's price"
            cells.append(_check(row, name, "USD", printed, made, how, step))
        made = electricity_usd(kwh)
        how = f"equation 1 with {R_AND_D_WATTS} W · $0.12"
        cells.append(_check(row, "electricity", "USD", electricity, made, how))
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
        _check(row, "CO2e", "lb", lb, t * 1000 / KG_PER_LB, f"cited; it is {t} metric tons")
        for row, lb, t in tons
    ]
    cells += [
        _given("car with fuel, one lifetime", "CO2e", "lb", 126_000, "cited"),
        _check("NLP pipeline", "CO2e", "lb", 39, once, f"Table 4's 120 h with {R_AND_D_WATTS} W"),
        Cell("NLP pipeline, tuned", "CO2e", "lb", 78_468, tuned, f"{circular} this cell", None),
        _check("Transformer big", "CO2e", "lb", 192, trained, how),
        _check("Transformer with NAS", "CO2e", "lb", 626_155, searched, how),
    ]
    return Table("Strubell 2019, Table 1: CO2e of known things and of training", tuple(cells))
