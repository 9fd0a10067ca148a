"""Is this machine ready for the labs? One finding a line: what, found, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from greenlab import machine, shipped
from greenlab.installed import opener, pins_file, reinstall
from greenlab.machine import OK, PROBLEM, WARNING, Finding


def examine(folder: Path) -> list[Finding]:
    """Everything that a lab started in `folder` needs, in the order of the report."""
    findings = [machine.python()]
    try:
        pins = machine.read_pins(pins_file())
    except (OSError, ValueError) as error:
        pins, missing = {}, f"{pins_file().name} can't be read: {error}"
        findings.append(Finding(WARNING, "versions", missing, reinstall(pins_file())))
    findings += machine.packages(pins)
    checks: dict[str, Callable[[], Finding]] = {
        "device": machine.device,
        "energy meters": machine.meters,
        "data": shipped.data,
        "trained networks": shipped.trained,
        "kernel": machine.kernel,
        "widgets": machine.widgets,
        "disk": lambda: machine.disk(folder),
        "memory": machine.memory,
        "this folder": lambda: machine.writable(folder),
    }
    for what, check in checks.items():
        try:
            findings.append(check())
        except Exception as error:  # whatever is broken, the rest of the report is of use
            found = f"can't be examined: {type(error).__name__}: {error}"
            findings.append(Finding(WARNING, what, found, reinstall()))
    return findings


def exit_status(findings: Iterable[Finding]) -> int:
    """1 when a lab can't run, 0 otherwise."""
    return int(any(finding.status == PROBLEM for finding in findings))


def main(brief: bool = False) -> int:
    """Print the report of this folder (with `brief`, only what is not in order); exit status."""
    try:
        here = Path.cwd()
    except OSError:  # not even torch can be loaded then
        remedy = "Change to the folder of the labs with `cd`, then run this again."
        findings = [Finding(PROBLEM, "this folder", "it was deleted", remedy)]
    else:
        findings = examine(here)
    for finding in findings:
        if not brief or finding.status != OK:
            _show(finding)
    if exit_status(findings):
        print("\nA lab can't run here yet: mend the problems above.")
    elif not brief:
        print(f"\nReady. Open the labs with: {opener()}")
    return exit_status(findings)


def _show(finding: Finding) -> None:
    line = f"{finding.status:<8} {finding.what:<17} {finding.found}"
    lines = [line, *([f"{'':<9}{finding.remedy}"] if finding.remedy else [])]
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:  # then it is one of the problems
        return print("\n".join(lines))
    color = {OK: "green", WARNING: "yellow", PROBLEM: "bold red"}[finding.status]
    text = Text("\n".join(lines))
    text.stylize(color, 0, len(finding.status))
    return Console(highlight=False, soft_wrap=True).print(text)
