"""Linux's RAPL counters of CPU packages and DRAM, as the kernel shows them under powercap.

They count the whole machine: every process, and what it draws idle. Their intervals hold what one
reading can be off by in time; the calibration of the hardware itself is not known and not in them.
"""

from __future__ import annotations

import re
from pathlib import Path

from greenlab.energy.sensor import Counter, Unreadable

ROOT = Path("/sys/class/powercap")
UPDATE = 0.001  # seconds; Intel SDM vol. 3B, "RAPL interfaces": about once a millisecond
LIMIT = 1000.0  # watts; no package or DRAM zone of today draws that much
PERIOD = 30.0  # seconds; the smallest range, 65,532 J (AMD, Intel DRAM), lasts 65 s at LIMIT
REMEDY = "sudo chmod a+r /sys/class/powercap/intel-rapl*/energy_uj, until the next start"


def find(root: Path = ROOT) -> tuple[list[Counter], list[str]]:
    """The counters that can be read, and a sentence for each that can't.

    Packages (or their dies) and DRAM; psys, which contains them, is apart; the cores and the
    graphics inside a package are left out. A zone that shows twice, by MSR and by MMIO, is one.
    """
    zones = sorted(
        (path for path in root.glob("intel-rapl*:*")), key=lambda p: ("mmio" in p.name, p.name)
    )
    found: dict[str, Counter] = {}
    notes: dict[str, str] = {}
    for zone in zones:
        try:
            domain = _domain(zone, root)
            if domain is None or domain in found:
                continue
            counter = _counter(domain, zone)
            counter.read()
        except Unreadable as error:
            notes.setdefault(zone.name if domain is None else domain, str(error))
        else:
            found[domain] = counter
            notes.pop(domain, None)
    if not zones:
        notes[""] = f"no RAPL counters in {root}: usual in virtual machines and containers"
    return list(found.values()), list(notes.values())


def _domain(zone: Path, root: Path) -> str | None:
    # "dram" stands below its package: intel-rapl:1:0 below intel-rapl:1.
    name = _text(zone / "name")
    if name == "dram":
        above = _text(root / zone.name.rpartition(":")[0] / "name")
        return above.replace("package", "dram") if above.startswith("package") else "dram"
    return name if name == "psys" or re.match(r"package-\d", name) else None


def _counter(domain: str, zone: Path) -> Counter:
    file = zone / "energy_uj"
    try:
        wraps_at = _number(zone / "max_energy_range_uj") or None
    except Unreadable:
        wraps_at = None  # then a wrap can't be told from a reset, and is not counted
    return Counter(
        domain,
        lambda: _number(file),
        joules_per_count=1e-6,
        scope="machine",
        update=UPDATE,
        limit=LIMIT,
        wraps_at=wraps_at,
        apart=domain == "psys",
        period=PERIOD,
    )


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except PermissionError:
        raise Unreadable(f"{file} may not be read by this user: {REMEDY}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file} can't be read: {error}") from None


def _number(file: Path) -> int:
    text = _text(file)
    if not text.isascii() or not text.isdigit():
        raise Unreadable(f"{file} holds no number but {text[:20]!r}")
    return int(text)
