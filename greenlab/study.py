"""The command `greenlab study`: a paper's full study, run again from one command."""

from __future__ import annotations

import argparse
import importlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

from greenlab import __version__

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
        epilog="\n".join(f"  {name:<11} {what}" for name, (_, what) in STUDIES.items()),
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
    parser.add_argument("--seeds", type=int, default=3, help="runs of each kind (3)")
    cores = os.cpu_count() or 1
    parser.add_argument("--workers", type=int, default=cores, help="processes (one for each core)")
    asked = parser.parse_args(argv)
    if asked.seeds < 1 or asked.workers < 1:
        parser.error("--seeds and --workers must be 1 or more")
    return asked, parser.error


def begin(folder: Path, recipe: Any) -> None:
    """Make a study's folder and keep there its recipe, a dataclass, and the versions it runs with.

    Raises ValueError when the folder holds a study of another recipe or of other versions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    versions = {name: version(name) for name in ("torch", "scikit-learn", "numpy")}
    versions["greenlab"] = __version__
    told, path = json.dumps({"recipe": asdict(recipe), **versions}), folder / "recipe.json"
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != json.loads(told):
        raise ValueError(
            f"{folder} holds a study of another recipe, or of other versions of greenlab, torch, "
            "scikit-learn or numpy: choose another folder"
        )
    write_whole(path, lambda part: part.write_text(told, encoding="utf-8"))


def write_whole(path: Path, to: Callable[[Path], object]) -> None:
    """`to(part)` writes a file beside `path`, which then takes its place: whole or not at all."""
    part = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        to(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def pool(workers: int) -> ProcessPoolExecutor:
    """So many processes of one thread each; they end with the study, also if it is killed."""
    return ProcessPoolExecutor(workers, get_context("spawn"), _begin_worker)


def _begin_worker() -> None:
    import torch  # not above: `greenlab study --help` goes without
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)

    def wait() -> None:
        parent_process().join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
