"""Take pictures of a notebook as JupyterLab shows it.

python tests/browser/shoot.py NOTEBOOK OUTDIR [--run] [--cells] [--width PIXELS] [--height PIXELS]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from labpage import browser_page, jupyter_lab, open_notebook, run_all, shoot, shoot_cells


def main() -> None:
    """Open a copy of the notebook, run it when asked, write the pictures and print their paths."""
    parser = argparse.ArgumentParser(description="Pictures of a notebook in JupyterLab.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--run", action="store_true", help="run all cells first")
    parser.add_argument("--cells", action="store_true", help="one picture for each cell as well")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1600)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(asked.notebook.resolve().parent, Path(scratch) / "labs")
        with jupyter_lab(folder) as server, browser_page(asked.width, asked.height) as page:
            open_notebook(page, server, asked.notebook.name)
            if asked.run:
                run_all(page)
            pictures = shoot(page, asked.outdir)
            if asked.cells:
                pictures += shoot_cells(page, asked.outdir)
    print(*pictures, sep="\n")


if __name__ == "__main__":
    main()
