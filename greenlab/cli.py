"""The command `greenlab`: is this machine ready, open the labs, networks, the energy ledger."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from greenlab import __version__
from greenlab.installed import HERE

EXAMPLES = """\
examples:
  greenlab doctor                  is this machine ready for the labs?
  greenlab lab                     open JupyterLab in ./labs
  greenlab lab ~/course            open it in another folder
  greenlab lab -- --no-browser     what follows -- goes to JupyterLab
  greenlab zoo list                the trained networks that ship with the package
  greenlab zoo rebuild ensemble_10x100
  greenlab zoo library --problem letter.p1
  greenlab study pruning           a paper's full study; stopped, it goes on where it was
  greenlab budget --country FRA    what the runs in your ledger used, and their CO2e
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="greenlab",
        description="Course labs on what machine learning costs and how to bring the cost down.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"greenlab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor",
        help="say whether this machine is ready, and what to do about what is not",
        description="Check Python, packages, device, data, kernel and folder, one line each. "
        "Exit status 1 when a lab can't run, 0 otherwise.",
    )
    doctor.add_argument("--brief", action="store_true", help="only what is not in order")
    lab = commands.add_parser(
        "lab",
        help="open the labs in JupyterLab",
        description="Open JupyterLab. What follows -- goes to JupyterLab as it is.",
        epilog="example: greenlab lab labs -- --no-browser --port 9000",
    )
    lab.add_argument("folder", nargs="?", type=Path, help="default: ./labs, or else this folder")
    commands.add_parser(
        "zoo", help="list or rebuild the trained networks: greenlab zoo --help", add_help=False
    )
    commands.add_parser(
        "study", help="run a paper's full study: greenlab study --help", add_help=False
    )
    budget = commands.add_parser(
        "budget",
        help="sum the energy ledger: kWh, CO2e, what it equals",
        description="Sum the readings that greenlab.energy.ledger.add has written down. What was "
        "measured and what was estimated are never added.",
    )
    budget.add_argument(
        "--ledger", type=Path, help="default: GREENLAB_LEDGER, or else ~/.greenlab/ledger.jsonl"
    )
    budget.add_argument("--country", help="whose grid: name or code, such as FRA; never guessed")
    budget.add_argument(
        "--pue", type=float, default=1.0, help="data center's overhead, 1.0 for a laptop"
    )
    budget.add_argument("--figure", type=Path, metavar="FILE", help="draw it, to PNG, PDF or SVG")
    return parser


def open_lab(folder: Path | None, extra: list[str]) -> int:
    """Run JupyterLab over `folder` until it is stopped; its exit status.

    Raises SystemExit with a sentence when the folder or JupyterLab is missing.
    """
    if folder is None:
        folder = Path("labs") if Path("labs").is_dir() else Path(".")
    if not folder.is_dir():
        sys.exit(f"greenlab lab: there is no folder {folder}; name the one that holds the labs.")
    if importlib.util.find_spec("jupyterlab") is None:
        from greenlab.installed import reinstall

        sys.exit(f"greenlab lab: JupyterLab is not installed. {reinstall()}")
    from jupyterlab.labapp import LabApp

    # No questions about news and updates on the first start: the labs work offline. (To switch the
    # news off doesn't keep JupyterLab from asking; the setting in our folder does.)
    paths = [str(HERE / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    options = [
        f"--ServerApp.root_dir={folder.resolve()}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # in a container; the server listens on this machine alone
    return LabApp.launch_instance([*options, *extra]) or 0


def main(argv: list[str] | None = None) -> int:
    """Run one command line. Raises SystemExit for a wrong one, as argparse does."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["zoo"]:
        from greenlab.zoo import build

        return build.main(argv[1:])
    if argv[:1] == ["study"]:
        from greenlab import study

        return study.main(argv[1:])
    split = argv.index("--") if "--" in argv else len(argv)
    asked = _parser().parse_args(argv[:split])
    if asked.command == "lab":
        return open_lab(asked.folder, argv[split + 1 :])
    if asked.command == "budget":
        from greenlab.energy import ledger

        return ledger.report(asked.ledger, asked.country, asked.pue, asked.figure)
    from greenlab import doctor

    return doctor.main(brief=asked.brief)


if __name__ == "__main__":
    raise SystemExit(main())
