"""What the repository's texts must and must not say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
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


def test_the_readme_names_only_real_targets():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) - {"on"} <= targets
