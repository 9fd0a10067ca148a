"""Runs a solved lab as a student would, and keeps the notebook with its outputs."""

import asyncio
import time
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from rich.progress import Progress

from autograder import ROOT
from autograder.build import expand, read_source, write
from autograder.nbgrader_config import KERNEL_ARGUMENTS

SLOW = 5.0  # seconds from which a cell's time is told


def solved(path: Path) -> NotebookNode:
    """The solved lab without delimiters, hidden tests kept. Raises BuildError."""
    notebook = expand(read_source(path))
    for cell in notebook.cells:
        lines = cell.source.split("\n")
        cell.source = "\n".join(
            x for x in lines if not x.strip().startswith(("### BEGIN ", "### END "))
        )
    return notebook


def solve(path: Path, out: Path = ROOT / "build/solutions") -> bool:
    """Run the solved lab, print what took long, write it to `out`; whether every cell ran."""
    notebook = solved(path)
    target = out / f"{path.stem}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=600,
        force_raise_errors=True,
        extra_arguments=KERNEL_ARGUMENTS,
        resources={"metadata": {"path": str(out)}},
    )
    begun, failure = time.monotonic(), None

    async def run(progress: Progress) -> None:
        bar = progress.add_task(path.stem, total=len(notebook.cells))
        async with client.async_setup_kernel():
            for index, cell in enumerate(notebook.cells):
                start = time.monotonic()
                await client.async_execute_cell(cell, index)
                if (seconds := time.monotonic() - start) > SLOW:
                    progress.print(f"{path.stem}: {cell.id} took {seconds:.1f} s")
                progress.advance(bar)

    with Progress(transient=True) as progress:
        try:
            asyncio.run(run(progress))
        except CellExecutionError as error:
            failure = error
    write(notebook, target)
    if failure is not None:
        print(f"{path.stem}: a cell failed: {failure.ename}: {failure.evalue}")
    print(f"{path.stem}: {time.monotonic() - begun:.1f} s in all, written to {target}")
    return failure is None
