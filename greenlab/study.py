"""The command `greenlab study`: a paper's full study, run again from one command."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

# Name: the module whose `main(argv)` runs it, and what it is.
STUDIES = {
    "pruning": ("greenlab.tradeoff", "Han et al. 2015: accuracy against parameters pruned away"),
    "lottery": ("greenlab.tickets", "Frankle & Carbin 2018: winning tickets and their controls"),
    "compression": (
        "greenlab.compressing",
        "Buciluă et al. 2006: students of an ensemble, by synthetic rows and units",
    ),
}


def main(argv: list[str] | None = None) -> int:
    """Run one study; what follows its name goes to it (`greenlab study pruning --help`)."""
    parser = argparse.ArgumentParser(
        prog="greenlab study",
        description="Run a paper's full study, with progress and a figure at the end. Stopped, it "
        "goes on where it was.",
        epilog="\n".join(f"  {name:<10} {what}" for name, (_, what) in STUDIES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=STUDIES)
    parser.add_argument("options", nargs=argparse.REMAINDER, help="of the study: see its --help")
    asked = parser.parse_args(argv)
    return importlib.import_module(STUDIES[asked.name][0]).main(asked.options)


def options(
    name: str, what: str, argv: list[str] | None
) -> tuple[argparse.Namespace, Callable[[str], NoReturn]]:
    """Where to, seeds and workers of a study that processes share, and how to refuse a request."""
    parser = argparse.ArgumentParser(
        prog=f"greenlab study {name}",
        description=f"{what} Minutes on a CPU. Stopped, it goes on where it was.",
    )
    parser.add_argument("--out", type=Path, default=Path(name), help=f"folder (./{name})")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind (3)")
    cores = os.cpu_count() or 1
    parser.add_argument("--workers", type=int, default=cores, help="processes (one for each core)")
    asked = parser.parse_args(argv)
    if asked.seeds < 1 or asked.workers < 1:
        parser.error("--seeds and --workers must be 1 or more")
    return asked, parser.error
