"""Make, conda and the constraints file agree, and pin everything."""

from __future__ import annotations

import importlib.metadata as metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from autograder.student import PLATFORMS, needed
from greenlab.machine import read_pins

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
PIP_SECTION = next(part["pip"] for part in CONDA["dependencies"] if isinstance(part, dict))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def make(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # As from a shell: what `make test` itself hands down would change what make prints.
    outside = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make", *args], cwd=cwd, env=outside, capture_output=True, text=True)


def test_every_target_is_phony():
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)[1].split())
    assert targets == phony


def test_help_is_the_default_and_names_every_target_of_use():
    shown = make().stdout
    for target in ["lab", "test", "labs", "solutions", "grade", "student", "bench", "clean"]:
        assert f"make {target}" in shown
    for lab in re.findall(r"\blab\d_\w+", shown):
        assert (ROOT / "labs" / lab / f"{lab}.ipynb").exists()


@pytest.fixture
def bare(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
        os.utime(tmp_path / name, (1e9, 1e9))
    return tmp_path


def test_a_first_run_installs_and_a_second_does_not(bare):
    install = "-m pip install -c constraints.txt -e '.[dev]'"
    assert install in make("-n", "lab", cwd=bare).stdout
    (bare / ".venv").mkdir()
    (bare / ".venv" / ".installed").touch()
    second = make("-n", "lab", "JUPYTER_ARGS=--no-browser", cwd=bare)
    assert second.stdout.strip() == ".venv/bin/greenlab lab labs -- --no-browser"
    os.utime(bare / "constraints.txt", (2e9, 2e9))
    assert install in make("-n", "lab", cwd=bare).stdout


@pytest.mark.parametrize(
    ("fails_on", "remedy"),
    [("version_info", "Python 3.11 or newer"), ("ensurepip", "sudo apt install python3-venv")],
)
def test_make_says_what_python_lacks(bare, fails_on, remedy):
    fake = bare / "python"
    fake.write_text(f'#!/bin/sh\ncase "$*" in *{fails_on}*) exit 1;; esac\n')
    fake.chmod(0o755)
    made = make("lab", f"PYTHON={fake}", cwd=bare)
    assert made.returncode != 0
    assert remedy in made.stderr
    assert not (bare / ".venv").exists()


def test_make_grade_takes_the_course_or_submissions(bare):
    (bare / ".venv").mkdir()
    (bare / ".venv" / ".installed").touch()
    made = make("-n", "grade", "LAB=lab9", cwd=bare)
    assert shlex.split(made.stdout)[-2:] == ["grade", "lab9"]
    made = make("-n", "grade", "LAB=lab9", "SUBMISSIONS=a b.zip", "OUT=there", cwd=bare)
    assert shlex.split(made.stdout)[-5:] == ["grade", "lab9", "a b.zip", "--out", "there"]


def test_conda_uses_the_same_python_pins_and_extra_as_make():
    python = next(part for part in CONDA["dependencies"] if str(part).startswith("python="))
    assert f"{python.removeprefix('python=')}.0" in SpecifierSet(PROJECT["requires-python"])
    assert {"pip", "make"} <= {part for part in CONDA["dependencies"] if isinstance(part, str)}
    in_make = re.search(r"pip install (.*)$", MAKEFILE, re.MULTILINE)[1].replace("'", "")
    assert " ".join(PIP_SECTION) == in_make


@pytest.mark.slow
def test_the_conda_pip_section_resolves_to_the_pins(tmp_path):
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("\n".join(PIP_SECTION).replace(" constraints", f" {ROOT}/constraints"))
    wanted.write_text(wanted.read_text().replace("-e .", f"-e {ROOT}"))
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "-q"]
    command += ["--report", str(report), "-r", str(wanted)]
    subprocess.run(command, check=True)
    items = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    resolved = {canonicalize_name(item["name"]): item["version"].split("+")[0] for item in items}
    assert resolved.pop("green-ai-labs") == PROJECT["version"]
    pins = read_pins(ROOT / "constraints.txt")
    assert resolved == {name: pins.get(name) for name in resolved}
    assert {"torch", "jupyterlab", "nbgrader", "pytest"} <= set(resolved)


def test_everything_that_the_project_needs_here_is_pinned_as_installed():
    pins = read_pins(ROOT / "constraints.txt")
    here = [one for one in PLATFORMS if one["sys_platform"] == sys.platform]
    names = needed("green-ai-labs", frozenset({"dev"}), here)
    installed = {name: metadata.version(name).split("+")[0] for name in names}
    assert len(installed) > 100
    assert installed == {name: pins.get(name) for name in names}


def test_nothing_is_pinned_that_nobody_needs():
    names = needed("green-ai-labs", frozenset({"dev"}))
    assert set(read_pins(ROOT / "constraints.txt")) <= names


def test_ci_runs_the_suite_from_a_clean_clone():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111 == 0o111
    text = script.read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert "make test" in text
    subprocess.run(["bash", "-n", str(script)], check=True)
