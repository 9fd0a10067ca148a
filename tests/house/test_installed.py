"""What is told to someone whose installation is broken fits how it was installed."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from greenlab import installed


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Say where the package and its Python are, and where pip had the package from."""

    def put(package: str, prefix: str, origin: str | None = None) -> Path:
        monkeypatch.setattr(installed, "HERE", tmp_path / package / "greenlab")
        monkeypatch.setattr(sys, "prefix", str(tmp_path / prefix))
        monkeypatch.setattr(sys, "executable", str(tmp_path / prefix / "bin" / "python"))
        told = json.dumps({"url": (tmp_path / origin).as_uri()}) if origin else None
        fake = SimpleNamespace(read_text=lambda name: told)
        monkeypatch.setattr(installed.metadata, "distribution", lambda name: fake)
        for file in filter(None, ("repo/pyproject.toml", "repo/constraints.txt", origin)):
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).touch()
        installed.HERE.mkdir(parents=True)
        return tmp_path

    return put


def words(sentence: str) -> list[str]:
    """The one command line in a sentence."""
    (line,) = sentence.split("`")[1::2]
    return shlex.split(line)


def test_a_checkout_made_by_make(place):
    root = place("repo", "repo/.venv") / "repo"
    assert installed.pins_file() == root / "constraints.txt"
    assert installed.reinstall() == f"Install again, in {root}: `rm -rf .venv` and `make lab`."
    assert installed.opener() == f"`make lab` in {root}"
    told = installed.reinstall(root / "greenlab" / "data" / "x.npz")
    assert told == f"Get it back, in {root}: `git checkout -- greenlab/data/x.npz`."


def test_a_checkout_in_conda_s_python(place):
    root = place("repo", "conda/envs/green") / "repo"
    pins = ["-c", str(root / "constraints.txt")]
    pip = [sys.executable, "-m", "pip", "install"]
    assert words(installed.reinstall()) == [*pip, *pins, "-e", f"{root}[dev]"]
    assert words(installed.opener()) == [sys.executable, "-m", "greenlab.cli", "lab"]
    (root / "constraints.txt").unlink()
    assert words(installed.reinstall()) == [*pip, "-e", f"{root}[dev]"]


def test_the_students_bundle(place):
    folder = place("my labs/.venv/lib/site-packages", "my labs/.venv") / "my labs"
    (folder / "start.py").touch()
    assert installed.pins_file() == installed.HERE / "constraints.txt"
    for told in (installed.reinstall(), installed.reinstall(installed.HERE / "data" / "x.npz")):
        assert told == f"Install again, in {folder}: `python3 start.py --repair`."
    assert installed.opener() == f"`python3 start.py` in {folder}"


def test_a_wheel_in_a_hub_s_python(place):
    top = place("opt/site-packages", "opt", "green_ai_labs-0.1.0-py3-none-any.whl")
    wheel = str(top / "green_ai_labs-0.1.0-py3-none-any.whl")
    pins = installed.HERE / "constraints.txt"
    pins.touch()
    pip = [sys.executable, "-m", "pip", "install"]
    assert words(installed.reinstall()) == [*pip, "-c", str(pins), wheel]
    again = [*pip, "--force-reinstall", "--no-deps", wheel]  # else pip finds it installed
    assert words(installed.reinstall(installed.HERE / "data" / "x.npz")) == again
    Path(wheel).unlink()
    assert words(installed.reinstall())[-1] == Path(wheel).name
    assert words(installed.opener()) == [sys.executable, "-m", "greenlab.cli", "lab"]
