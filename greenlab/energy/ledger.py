"""The ledger: one line of JSON a reading, written only when asked, and what a semester sums to."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from greenlab import carbon
from greenlab.energy.reading import JOULES_PER_KWH, Interval, Reading, total

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("measured", "estimated", "unavailable")


@dataclass(frozen=True)
class Entry:
    """A reading and when it was written down."""

    when: datetime
    reading: Reading

    @property
    def kind(self) -> str:
        """ "measured", "estimated" or "unavailable"."""
        return "measured" if self.reading.measured else self.reading.method

    @property
    def week(self) -> str:
        """The ISO week, such as 2026-W40."""
        year, week, _ = self.when.isocalendar()
        return f"{year}-W{week:02}"


def default_path() -> Path:
    """The file that GREENLAB_LEDGER names, else ~/.greenlab/ledger.jsonl."""
    return Path(os.environ.get("GREENLAB_LEDGER") or "~/.greenlab/ledger.jsonl").expanduser()


def add(reading: Reading, path: str | Path | None = None) -> Path:
    """Append the reading to the ledger, which is made if need be; the ledger's path.

    A window inside another's is in that one too: write down one of the two.
    """
    path = default_path() if path is None else Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "name": reading.name,
        "seconds": reading.seconds,
        "method": reading.method,
        "scope": reading.scope,
        "joules": {domain: astuple(value) for domain, value in reading.joules.items()},
        "apart": {domain: astuple(value) for domain, value in reading.apart.items()},
        "warnings": reading.warnings,
    }
    text = json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
    with path.open("ab+") as file:  # at the end, in one write: notebooks may write at once
        if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
            text = "\n" + text  # the last writer was cut off
        file.write(text.encode())
    return path


def read(path: str | Path | None = None) -> tuple[list[Entry], list[int]]:
    """The entries, and the numbers of the lines that are none (cut off, or edited).

    Raises FileNotFoundError with what to do when there is no ledger.
    """
    path = default_path() if path is None else Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no ledger {path}; greenlab.energy.ledger.add(m.reading) begins one"
        )
    entries, broken = [], []
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
        try:
            if line.strip():
                entries.append(_entry(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            broken.append(number)
    return entries, broken


def _entry(line: dict) -> Entry:
    joules, apart = (
        {domain: Interval(*map(float, value)) for domain, value in line[part].items()}
        for part in ("joules", "apart")
    )
    about = (float(line["seconds"]), line["method"], line["scope"], tuple(line["warnings"]))
    when = datetime.fromisoformat(line["when"])
    return Entry(when, Reading(joules, *about, line["name"], apart))


def kwh(entries: Sequence[Entry], kind: str) -> Interval | None:
    """The kWh of the measured or the estimated entries; None when there are none."""
    joules = total(entry.reading.interval for entry in entries if entry.kind == kind)
    return None if joules is None else joules.scaled(1 / JOULES_PER_KWH)


def budget(entries: Sequence[Entry], country: str | None = None, pue: float = 1.0) -> str:
    """The sums in words: kWh, CO2e in the country's grid, what it equals, and bars by week.

    What was measured and what was estimated are never added. Without a country there is no CO2e.
    Raises ValueError for an unknown country or a PUE below 1.
    """
    if not entries:
        return "The ledger is empty."
    if not pue >= 1:
        raise ValueError(f"pue must be 1 or more, got {pue}")
    days = sorted(f"{entry.when:%Y-%m-%d}" for entry in entries)
    lines = [f"{len(entries)} readings, {days[0]} to {days[-1]}"]
    grid = carbon.grid(country) if country else None
    for kind in KINDS:
        n = sum(entry.kind == kind for entry in entries)
        energy = kwh(entries, kind)
        if energy is not None:
            at_meter = energy.scaled(pue)
            lines.append(f"{kind}, {n} readings: {_span(at_meter, kind)} kWh at PUE {pue:g}")
            if grid:
                grams = at_meter.scaled(grid.g_per_kwh)
                where = f"{grid.country} {grid.year}, {grid.g_per_kwh:.0f} g/kWh"
                lines.append(f"  CO2e: {_span(grams, kind)} g ({where})")
                for name, each in carbon.equivalents(1.0).items():
                    lines.append(f"  = {_span(grams.scaled(each / 1000), kind)} × {name}")
        elif n:
            lines.append(f"{kind}, {n} readings: nothing is known of their energy; it is not 0")
    if grid is None:
        lines.append("for CO2e name the country of the grid: greenlab budget --country FRA")
    return "\n".join([*lines, *_bars(entries)])


def _span(value: Interval, kind: str) -> str:
    span = f"{value.low:.3g} to {value.high:.3g}"
    return span if kind == "estimated" else f"{value.best:.3g} ({span})"


def by_week(entries: Sequence[Entry]) -> dict[str, dict[str, float]]:
    """Best kWh by week, then by kind, in order of time; a kind without readings is left out."""
    weeks: dict[str, dict[str, float]] = {}
    for week in sorted({entry.week for entry in entries}):
        these = [entry for entry in entries if entry.week == week]
        sums = {kind: kwh(these, kind) for kind in KINDS}
        weeks[week] = {kind: value.best for kind, value in sums.items() if value is not None}
    return weeks


def _bars(entries: Sequence[Entry], width: int = 40) -> list[str]:
    weeks = by_week(entries)
    longest = max(sum(some.values()) for some in weeks.values())
    if longest <= 0:
        return []
    lines = ["best kWh by week, without the PUE (█ measured, ░ estimated):"]
    for week, some in weeks.items():
        marks = zip("█░", KINDS, strict=False)
        bar = "".join(mark * round(width * some.get(kind, 0) / longest) for mark, kind in marks)
        said = ", ".join(f"{value:.2g} {kind}" for kind, value in some.items()) or "unavailable"
        lines.append(f"  {week} {bar} {said}")
    return lines


def figure(entries: Sequence[Entry]) -> Figure:
    """Bars of the best kWh by week, the estimated, hatched, on top of the measured.

    Raises ValueError when there is nothing to draw.
    """
    if not entries:
        raise ValueError("the ledger is empty: there is nothing to draw")
    from matplotlib.figure import Figure

    from greenlab.plots import BLUE, ORANGE

    weeks = by_week(entries)
    measured, estimated = ([some.get(kind, 0) for some in weeks.values()] for kind in KINDS[:2])
    fig = Figure(figsize=(6, 2.8), layout="constrained")  # no pyplot: it needs no closing
    ax = fig.subplots()
    ax.bar(list(weeks), measured, color=BLUE, label="measured")
    ax.bar(list(weeks), estimated, bottom=measured, color=ORANGE, hatch="//", label="estimated")
    ax.set_ylabel("best kWh by week")
    ax.legend()
    return fig


def report(
    path: Path | None = None,
    country: str | None = None,
    pue: float = 1.0,
    picture: Path | None = None,
) -> int:
    """Print the budget of a ledger, and draw it into the file `picture`; the exit status."""
    try:
        entries, broken = read(path)
        print(budget(entries, country, pue))
        if picture:
            figure(entries).savefig(picture)
            print(f"drawn: {picture}")
    except (OSError, ValueError) as error:
        print(f"greenlab budget: {error}", file=sys.stderr)
        return 1
    if broken:
        print(f"not counted, for they are no readings: lines {', '.join(map(str, broken))}")
    return 0
