"""The command greenlab: fast to start, and clear about what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.services.config.manager import ConfigManager

from greenlab import __version__, cli


def test_help_and_version_do_not_import_torch():
    code = (
        "import sys\nfrom greenlab import cli\n"
        "try: cli.main([sys.argv[1]])\nexcept SystemExit: pass\n"
        "assert not {'torch', 'numpy', 'jupyterlab'} & set(sys.modules)"
    )
    for flag, text in (("--help", "greenlab lab -- --no-browser"), ("--version", __version__)):
        run = subprocess.run([sys.executable, "-c", code, flag], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert text in run.stdout


@pytest.fixture
def launched(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/elsewhere")
    calls: list[list[str]] = []
    fake = SimpleNamespace(launch_instance=calls.append)
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", SimpleNamespace(LabApp=fake))
    return calls


def test_lab_opens_labs_or_the_folder_itself_and_passes_options_on(launched, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab"]) == 0
    assert f"--ServerApp.root_dir={tmp_path}" in launched[-1]
    Path("labs").mkdir()
    cli.main(["lab", "--", "--no-browser", "--port", "9000"])
    assert f"--ServerApp.root_dir={tmp_path / 'labs'}" in launched[-1]
    assert launched[-1][-3:] == ["--no-browser", "--port", "9000"]


def test_lab_asks_nobody_about_news_and_keeps_other_settings(launched, tmp_path):
    cli.main(["lab", str(tmp_path)])
    settings = ConfigManager(config_dir_name="labconfig").get("default_setting_overrides")
    assert settings["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false"}
    assert os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)[1:] == ["/elsewhere"]


def test_lab_names_a_missing_folder(launched, tmp_path):
    with pytest.raises(SystemExit, match="there is no folder"):
        cli.main(["lab", str(tmp_path / "nowhere")])
    assert not launched


def test_lab_says_when_jupyterlab_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="JupyterLab is not installed"):
        cli.main(["lab", str(tmp_path)])


def test_zoo_delegates(capsys):
    assert cli.main(["zoo", "list"]) == 0
    assert "ensemble_10x100" in capsys.readouterr().out


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["dance"])
    assert stop.value.code == 2
    assert "doctor" in capsys.readouterr().err
