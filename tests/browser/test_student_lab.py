"""A student's first minutes: unzip, one command, each lab in a browser, its first cell run."""

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


@pytest.fixture
def unzipped(tmp_path):
    place = tmp_path / "my course"
    with zipfile.ZipFile(student.build(tmp_path / "dist")) as bundle:
        bundle.extractall(place)
    return place / student.NAME


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not any(LABS.glob("*/*.ipynb")), reason="no labs are built yet")
def test_unzip_start_open_each_lab_and_run_its_first_cell(unzipped, monkeypatch):
    hub = {"JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN"}
    outside = {key: value for key, value in os.environ.items() if key not in hub | {"PYTHONPATH"}}
    python = sys._base_executable  # as outside any environment
    start = [python, str(unzipped / "start.py")]
    first = subprocess.run(
        [*start, "--no-open"], env=outside, capture_output=True, text=True, check=False
    )
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    assert "Installed." in first.stdout

    stamp = unzipped / ".venv" / "installed.txt"
    installed = stamp.stat().st_mtime_ns
    with jupyter_lab(unzipped, [*start, "--"]) as server, browser_page() as page:
        assert stamp.stat().st_mtime_ns == installed  # nothing is installed again
        for path in sorted((unzipped / "labs").glob("*/*.ipynb")):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            heading = "".join(cells[0]["source"]).splitlines()[0].lstrip("# ")
            first = [cell["cell_type"] for cell in cells].index("code")
            open_notebook(page, server, path.relative_to(unzipped / "labs").as_posix())
            assert heading in page.locator(".jp-Notebook h1").first.inner_text()
            assert "greenlab: seed" in run_cell(page, first)
