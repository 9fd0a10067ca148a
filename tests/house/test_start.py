"""The students' start.py: what it says when something is missing, and when it installs."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "student" / "start.py"


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py beside a wheel, pins and a lab; pip and greenlab only note what they are asked."""
    folder = tmp_path / "my course"
    (folder / "labs" / "lab4").mkdir(parents=True)
    (folder / "labs" / "lab4" / "lab4.ipynb").touch()
    (folder / "green_ai_labs-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
    (folder / "constraints.txt").write_text("# pins\nnumpy==1.0\nno-such-package==2.0\n")
    file = folder / "start.py"
    file.write_text(SOURCE.read_text(encoding="utf-8"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("start", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.calls = []

    def pip(python, *args):
        pins = Path(args[1]).read_text() if args[0] == "-c" else ""
        module.calls.append(("pip", str(python), *args, pins))

    def make_venv(command):
        module.venv_python().parent.mkdir(parents=True)
        module.venv_python().touch()
        return SimpleNamespace(returncode=0)

    def greenlab(python, *args):
        module.calls.append(("greenlab", *args))
        return 0

    monkeypatch.setattr(module, "pip", pip)
    monkeypatch.setattr(module, "greenlab", greenlab)
    monkeypatch.setattr(module.subprocess, "run", make_venv)
    for name in ("JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return module


def test_it_needs_the_standard_library_alone_and_parses_on_old_pythons():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 7))
    top = {
        name.split(".")[0]
        for node in tree.body
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert top <= sys.stdlib_module_names
    assert len(SOURCE.read_text(encoding="utf-8").splitlines()) <= 300


def test_it_installs_once_then_opens_at_once(start):
    assert start.main([]) == 0
    assert [call[0] for call in start.calls] == ["pip", "greenlab", "greenlab"]
    assert start.calls[1:] == [("greenlab", "doctor", "--brief"), ("greenlab", "lab", "labs", "--")]
    start.calls.clear()
    assert start.main(["--", "--no-browser"]) == 0
    assert start.calls == [("greenlab", "lab", "labs", "--", "--no-browser")]


def test_it_installs_again_when_the_download_changed_or_on_repair(start, monkeypatch):
    start.main(["--no-open"])
    start.calls.clear()
    monkeypatch.setattr(start.subprocess, "run", lambda command: SimpleNamespace(returncode=0))
    start.wheel().write_bytes(b"another wheel")
    assert not start.installed()
    start.main(["--no-open"])
    start.main(["--no-open", "--repair"])
    assert [call[0] for call in start.calls] == ["pip", "greenlab"] * 2


def test_it_does_not_open_what_the_doctor_calls_broken(start, monkeypatch):
    monkeypatch.setattr(start, "greenlab", lambda python, *args: 1 if args[0] == "doctor" else 99)
    assert start.main([]) == 1


def test_check_runs_the_doctor_once_installed(start, capsys):
    assert start.main(["--check"]) == 1
    assert "installed here for this Python yet" in capsys.readouterr().err
    start.main(["--no-open"])
    start.calls.clear()
    assert start.main(["--check"]) == 0
    assert start.calls == [("greenlab", "doctor")]


@pytest.mark.parametrize("how", ["--hub", "JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN"])
def test_on_a_hub_it_adds_to_this_python_and_starts_no_server(start, how, monkeypatch, capsys):
    if how != "--hub":
        monkeypatch.setenv(how, "ada")
    assert start.main([how] if how == "--hub" else []) == 0
    pip, doctor = start.calls
    assert pip[1] == sys.executable
    assert "--user" not in pip  # this environment can be written
    assert pip[-1] == "no-such-package==2.0\n"  # what the hub has stays as it is
    assert doctor == ("greenlab", "doctor", "--brief")
    assert "Open labs/lab4/lab4.ipynb" in capsys.readouterr().out
    assert not start.VENV.exists()


def test_on_a_hub_whose_python_is_not_ours_it_installs_for_the_user(start, monkeypatch):
    monkeypatch.setattr(start.sys, "base_prefix", start.sys.prefix)
    monkeypatch.setattr(start.os, "access", lambda path, mode: False)
    start.main(["--hub"])
    assert "--user" in start.calls[0]


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 14)])
def test_another_python(start, version):
    with pytest.raises(start.Trouble, match=r"python3\.11 start\.py"):
        start.check_python(version)


def test_no_venv_module(start, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        start.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    assert start.main([]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_a_folder_that_is_not_writable(start, monkeypatch, capsys):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(start.tempfile, "TemporaryFile", refuse)
    assert start.main([]) == 1
    assert "Move the folder" in capsys.readouterr().err


def test_a_full_disk(start, monkeypatch, capsys):
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**28))
    assert start.main([]) == 1
    assert "The disk has 0.2 GB free" in capsys.readouterr().err


def test_a_zip_that_was_not_unpacked(start, capsys):
    start.wheel().unlink()
    assert start.main([]) == 1
    assert "Extract All" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("OSError: [Errno 28] No space left on device", "Make room"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError'", "no network"),
        ("error: externally-managed-environment", "belongs to the system"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no build for this machine"),
        ("ERROR: something else", "--repair"),
    ],
)
def test_what_a_failed_pip_means(start, error, remedy):
    assert remedy in start.explain(error)


def test_pip_echoes_and_explains(tmp_path, capfd):
    spec = importlib.util.spec_from_file_location("start_alone", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(module.Trouble, match="no build for this machine"):
        module.pip(sys.executable, "--no-index", "no-such-distribution")
    assert "no-such-distribution" in capfd.readouterr().err


@pytest.mark.parametrize(("gpu", "said"), [(None, True), ("/usr/bin/nvidia-smi", False)])
def test_linux_without_a_gpu_hears_of_the_cpu_build(start, monkeypatch, capsys, gpu, said):
    monkeypatch.setattr(start.sys, "platform", "linux")
    monkeypatch.setattr(start.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(start.shutil, "which", lambda name: gpu)
    start.hint_cpu_build()
    assert ("PIP_EXTRA_INDEX_URL" in capsys.readouterr().out) == said


def test_the_help_teaches(start, capsys):
    with pytest.raises(SystemExit):
        start.main(["--help"])
    assert "--no-open" in capsys.readouterr().out
