"""The command `greenlab study`: a paper's full study, run again from one command."""

from __future__ import annotations

import argparse
import importlib

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
