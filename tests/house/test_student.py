"""What students get: complete, the same bytes each time, nothing of solutions or grading in it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from autograder import student
from greenlab.machine import read_pins

ROOT = Path(__file__).resolve().parents[2]
LABS = ROOT / "labs"
BLOCK = re.compile(
    r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END (?:SOLUTION|HIDDEN TESTS)", re.DOTALL
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    labs = LABS
    if not any(LABS.glob("*/*.ipynb")):
        labs = tmp_path_factory.mktemp("labs")
        (labs / "lab0_try").mkdir()
        (labs / "lab0_try" / "lab0_try.ipynb").write_text('{"cells": []}')
    return student.build(tmp_path_factory.mktemp("dist"), labs)


def contents(bundle: Path) -> dict[str, bytes]:
    """Every file of the zip and of the wheel inside it."""
    files: dict[str, bytes] = {}
    for archive in (bundle, next((bundle.parent / student.NAME).glob("*.whl"))):
        with zipfile.ZipFile(archive) as opened:
            files |= {f"{archive.name}/{name}": opened.read(name) for name in opened.namelist()}
    return files


def lines_of(name: str, content: bytes) -> set[str]:
    """The stripped lines of a text; of a notebook, those of its cells."""
    text = content.decode("utf-8", errors="ignore")
    if name.endswith(".ipynb"):
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return {line.strip() for line in text.splitlines()}


def secrets() -> set[str]:
    """Lines that stand only in solutions and hidden tests, long enough to mean something."""
    hidden: set[str] = set()
    shown: set[str] = set()
    for source in (ROOT / "solutions").glob("*.py"):
        text = source.read_text(encoding="utf-8")
        hidden |= {line.strip() for block in BLOCK.finditer(text) for line in block[2].splitlines()}
        shown |= lines_of(source.name, BLOCK.sub("", text).encode())
    for module in (ROOT / "greenlab").rglob("*.py"):  # the package holds the papers' methods
        shown |= lines_of(module.name, module.read_bytes())
    return {line for line in hidden - shown if len(line) > 15}


def test_the_zip_holds_what_students_need_and_no_more(bundle):
    with zipfile.ZipFile(bundle) as opened:
        names = {name.removeprefix(f"{student.NAME}/") for name in opened.namelist()}
        assert opened.getinfo(f"{student.NAME}/start.py").external_attr >> 16 & 0o111
    rest = {name for name in names if not name.startswith("labs/")}
    wheel = next(name for name in rest if name.endswith(".whl"))
    assert rest == {"README.md", "start.py", "constraints.txt", wheel}
    built = {path.relative_to(ROOT).as_posix() for path in LABS.glob("*/*.ipynb")}
    notebooks = {name for name in names - rest if name.endswith(".ipynb")}
    assert notebooks == built or (not built and notebooks)
    readme = (bundle.parent / student.NAME / "README.md").read_text(encoding="utf-8")
    assert wheel in readme
    assert "{" not in readme


def test_the_wheel_holds_the_package_alone(bundle):
    wheel = next((bundle.parent / student.NAME).glob("*.whl"))
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    assert {name.split("/")[0] for name in names} == {
        "greenlab",
        "green_ai_labs-0.1.0.dist-info",
    }
    for needed in ("constraints.txt", "cli.py", "data/mnist10k.npz", "zoo/trained/teacher_1200.md"):
        assert f"greenlab/{needed}" in names


def test_no_file_of_the_instructors_is_in_it(bundle):
    ours = [path for path in (ROOT / "autograder").rglob("*") if path.is_file()]
    ours += (ROOT / "solutions").glob("*")
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in ours if path.stat().st_size}
    for name, content in contents(bundle).items():
        assert hashlib.sha256(content).digest() not in digests, name
        assert not re.search(r"autograder|nbgrader_config|wrong_answer|right_answer", name)


def test_no_line_of_a_solution_or_hidden_test_is_in_it(bundle):
    kept = secrets()
    assert kept or not any((ROOT / "solutions").glob("*.py"))
    for name, content in contents(bundle).items():
        if Path(name).suffix in {".py", ".ipynb", ".md", ".txt", ""}:
            assert lines_of(name, content) & kept == set(), name
            assert b"### BEGIN HIDDEN" not in content, name
            assert b"### BEGIN SOLUTION" not in content, name


def test_the_same_content_gives_the_same_bytes(bundle, tmp_path):
    copy = shutil.copytree(bundle.parent / student.NAME, tmp_path / student.NAME)
    student.write_zip(copy, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == bundle.read_bytes()
    assert student.build_wheel(tmp_path).read_bytes() == next(copy.glob("*.whl")).read_bytes()


def test_the_students_pins_are_a_part_of_ours_without_the_instructors_tools(bundle):
    ours = read_pins(ROOT / "constraints.txt")
    theirs = read_pins(bundle.parent / student.NAME / "constraints.txt")
    assert theirs.items() <= ours.items()
    assert {"torch", "jupyterlab", "ipykernel", "colorama", "appnope", "pywinpty"} <= set(theirs)
    assert not {"nbgrader", "jupytext", "pytest", "ruff", "playwright"} & set(theirs)


def test_without_labs_nothing_is_built(tmp_path):
    with pytest.raises(FileNotFoundError, match="make labs"):
        student.build(tmp_path / "dist", tmp_path)
