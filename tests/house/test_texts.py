"""What the repository's texts must and must not say."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LABS = sorted((ROOT / "labs").glob("*/*.ipynb"))
FORBIDDEN = {
    # That name on the public index belongs to another project.
    "somebody else's package": r"pip3? install (?:-\S+ )*[\"']?greenlab\b(?!/|-)",
    "a registry host": r"\b(?:pypi\.org|pythonhosted\.org|download\.pytorch\.org|deb\.debian\.org)",
    "a machine's path": r"(?<![\w.~])/(?:root|work|home/(?!student\b)\w+|Users/\w+)/(?=\w)",
}


def texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and path != Path(__file__)]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what):
    found = []
    for path in texts():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # digits, weights, pictures
        found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in re.finditer(FORBIDDEN[what], text)]
    assert found == []


@pytest.mark.parametrize(
    "bad", ["pip install greenlab", "pip install -U greenlab", 'pip install "greenlab[dev]"']
)
def test_the_search_finds_the_wrong_package(bad):
    assert re.search(FORBIDDEN["somebody else's package"], bad)


def test_the_readme_is_one_screen_with_both_commands():
    assert len(README.splitlines()) <= 60
    for command in ("make lab", "make test", "py start.py", "conda env create", "make grade"):
        assert command in README


def test_what_the_readme_points_to_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_readme_has_a_row_for_each_lab_and_no_other():
    linked = re.findall(r"^\| \[[^]]+\]\((labs/[^)]+)\)", README, re.MULTILINE)
    assert linked == [path.relative_to(ROOT).as_posix() for path in LABS]


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_the_readme_counts_what_a_lab_holds(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    roles = [cell["metadata"].get("greenlab", {}).get("role") for cell in cells]
    points = sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in cells)
    (row,) = (line for line in README.splitlines() if path.relative_to(ROOT).as_posix() in line)
    told = [cell.strip() for cell in row.strip("|").split("|")][-3:]
    assert told == [str(n) for n in (roles.count("tests"), roles.count("answer"), points)]


def test_the_readme_names_only_real_targets():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) - {"on"} <= targets
