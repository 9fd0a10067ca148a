"""A student's first minutes: unzip, one command, the lab open in a browser, its first cell run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from labpage import browser_page, jupyter_lab, open_notebook, run_cell

from autograder import student

LABS = Path(__file__).resolve().parents[2] / "labs"
NOTEBOOK = "lab4_distillation/lab4_distillation.ipynb"


@pytest.fixture
def unzipped(tmp_path):
    place = tmp_path / "my course"
    with zipfile.ZipFile(student.build(tmp_path / "dist")) as bundle:
        bundle.extractall(place)
    return place / student.NAME


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not any(LABS.glob("*/*.ipynb")), reason="no labs are built yet")
def test_unzip_start_open_and_run_the_first_cell(unzipped, monkeypatch):
    hub = {"JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN"}
    outside = {key: value for key, value in os.environ.items() if key not in hub | {"PYTHONPATH"}}
    python = sys._base_executable  # as outside any environment
    start = [python, str(unzipped / "start.py")]
    first = subprocess.run(
        [*start, "--no-open"], env=outside, capture_output=True, text=True, check=False
    )
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    assert "Installed." in first.stdout

    source = json.loads((unzipped / "labs" / NOTEBOOK).read_text(encoding="utf-8"))
    kinds = [cell["cell_type"] for cell in source["cells"]]
    heading = "".join(source["cells"][0]["source"]).splitlines()[0].lstrip("# ")
    stamp = unzipped / ".venv" / "installed.txt"
    installed = stamp.stat().st_mtime_ns
    with jupyter_lab(unzipped, [*start, "--"]) as server, browser_page() as page:
        assert stamp.stat().st_mtime_ns == installed  # nothing is installed again
        open_notebook(page, server, NOTEBOOK)
        assert heading in page.locator(".jp-Notebook h1").first.inner_text()
        assert "greenlab: seed" in run_cell(page, kinds.index("code"))
