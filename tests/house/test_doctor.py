"""Each thing that the doctor looks at is broken in turn: the line, the remedy, the exit status."""

from __future__ import annotations

import importlib.metadata as metadata
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from greenlab import doctor, machine, shipped
from greenlab.energy import nvidia, rapl
from greenlab.energy.estimate import CpuSeconds
from greenlab.energy.sensor import Counter
from greenlab.installed import HERE, pins_file, reinstall
from greenlab.machine import GIB, OK, PROBLEM, WARNING, Finding


def broken(*args: object, **kwargs: object) -> None:
    raise RuntimeError("it is broken")


def test_this_machine_is_ready(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert doctor.main() == 0
    shown = capsys.readouterr().out
    parts = "Python packages device meters data networks kernel widgets disk memory folder"
    for what in parts.split():
        assert what in shown
    assert "Ready." in shown
    assert len(shown.splitlines()) <= 24


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10, 4), PROBLEM), ((3, 11, 0), OK), ((3, 13, 9), OK), ((3, 14, 0), WARNING)],
)
def test_python(version, status):
    found = machine.python(version)
    assert found.status == status
    assert ("3.11" in found.remedy) == (status != OK)


def test_a_package_at_another_version_is_a_warning(monkeypatch):
    pins = machine.read_pins(pins_file()) | {"numpy": "2.0.0", "torch": "2.6.0"}
    findings = machine.packages(pins)
    assert [(f.status, f.what) for f in findings] == [(WARNING, "numpy"), (WARNING, "torch")]
    assert "The course uses 2.0.0" in findings[0].remedy
    assert doctor.exit_status(findings) == 0


def test_a_missing_package_is_a_problem(monkeypatch):
    real = metadata.version

    def version(name: str) -> str:
        if name == "safetensors":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    findings = machine.packages(machine.read_pins(pins_file()))
    assert [(f.status, f.what, f.found) for f in findings] == [
        (PROBLEM, "safetensors", "not installed")
    ]
    assert findings[0].remedy == reinstall()
    assert doctor.exit_status(findings) == 1


def test_the_package_itself_not_installed(monkeypatch):
    monkeypatch.setattr(machine, "DISTRIBUTION", "no-such-distribution")
    assert machine.packages({})[0].status == PROBLEM


def test_a_torch_that_does_not_load(monkeypatch):
    monkeypatch.setattr("greenlab.device.pick", broken)
    found = machine.device()
    assert (found.status, found.found) == (PROBLEM, "torch does not load: it is broken")
    assert found.remedy


def counter(domain: str, scope: str = "machine") -> Counter:
    return Counter(domain, lambda: 0, 1e-6, scope, 0.001, 1000.0)


def test_the_meters_that_can_be_read_are_named():
    found = machine.meters(([counter("package-0"), counter("dram-0"), counter("gpu-0", "GPU")], []))
    assert (found.status, found.remedy) == (OK, "")
    assert found.found == "package-0, dram-0, gpu-0"


def test_without_meters_all_is_well_and_joules_will_be_estimated():
    found = machine.meters(([CpuSeconds()], ["no RAPL counters here"]))
    assert (found.status, found.remedy) == (OK, "")
    assert found.found == "no counter: joules will be estimated; no RAPL counters here"
    found = machine.meters(([counter("gpu-0", "GPU"), CpuSeconds()], []))
    assert found.found == "gpu-0; the CPU has no counter: joules will be estimated"


def test_counters_that_may_not_be_read_have_their_one_line_remedy(tmp_path, monkeypatch):
    for path, name in (("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "dram")):
        (tmp_path / path).mkdir()
        for file, text in (("name", name), ("max_energy_range_uj", "1000"), ("energy_uj", "5")):
            (tmp_path / path / file).write_text(f"{text}\n")
    real = Path.read_text

    def read_text(self: Path, *args: object, **kwargs: object) -> str:
        if self.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(rapl.find, "__defaults__", (tmp_path,))
    monkeypatch.setattr(nvidia, "find", lambda: ([], []))
    monkeypatch.setattr(sys, "platform", "linux")
    found = machine.meters()
    assert (found.status, found.remedy) == (OK, rapl.REMEDY)
    told = "no counter: joules will be estimated; not for this user to read: 2 of the CPU's"
    assert found.found == told


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped data."""
    kept = shutil.ignore_patterns("*.py", "__pycache__")
    return shutil.copytree(HERE / "data", tmp_path / "data", ignore=kept)


def test_the_shape_of_every_data_file_is_known():
    patterns = [f"data/*.{kind}" for kind in ("csv", "npz")]
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=HERE, capture_output=True, text=True, check=True
    )
    names = {Path(line).name for line in listed.stdout.splitlines()}
    assert "mnist10k.npz" in names
    assert names <= set(shipped.SHAPES), "add it there, or nobody sees that it is cut off"


@pytest.mark.parametrize("name", shipped.SHAPES)
def test_a_data_file_missing_or_cut_off_is_a_problem_by_name(folder, name):
    assert shipped.data(folder).status == OK
    path = folder / name
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    cut = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "a row less": b"".join(lines[:-1]),
        "its last line's end": whole[:-2],
        "noise": b"\xff\xfe\x00",
    }
    for how, content in cut.items():
        path.write_bytes(content)
        found = shipped.data(folder)
        assert (found.status, found.remedy) == (PROBLEM, reinstall(path)), how
        assert found.found.startswith(f"{name} "), how
    path.unlink()
    found = shipped.data(folder)
    assert (found.status, found.remedy) == (PROBLEM, reinstall(path))


def test_several_broken_files_are_one_finding_with_all_names(folder):
    (folder / "grid_intensity.csv").unlink()
    (folder / "mnist10k.npz").write_bytes(b"PK\x03\x04 cut off")
    found = shipped.data(folder)
    assert "grid_intensity.csv can't be read" in found.found
    assert "mnist10k.npz can't be read" in found.found
    assert found.remedy == reinstall(folder)


def test_arrays_of_another_shape(folder):
    np.savez(folder / "mnist10k.npz", images=np.zeros((3, 28, 28)), labels=np.zeros(3))
    found = shipped.data(folder)
    assert found.status == PROBLEM
    assert "mnist10k.npz holds {'images': (3, 28, 28), 'labels': (3,)}, not" in found.found


@pytest.mark.parametrize(
    ("text", "status"), [("a,b\n1,2\n", OK), ("a,b\n1\n", PROBLEM), ("a,b\n1,2", PROBLEM)]
)
def test_a_data_file_that_came_later_is_looked_at_too(folder, text, status):
    (folder / "later.csv").write_text(text)
    found = shipped.data(folder)
    assert found.status == status
    assert "later" in found.found


def test_trained_networks_missing_or_cut_off(tmp_path):
    assert shipped.trained(tmp_path).status == PROBLEM
    folder = shutil.copytree(HERE / "zoo" / "trained", tmp_path / "trained")
    assert shipped.trained(folder).status == OK
    weights = folder / "teacher_1200.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert shipped.trained(folder).found == "no weights for teacher_1200"
    weights.unlink()
    assert shipped.trained(folder).status == PROBLEM


def kernel_running(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> Finding:
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = [program, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3"}))
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    return machine.kernel()


def test_a_kernel_of_another_python(tmp_path, monkeypatch):
    other = str(tmp_path / "conda" / "bin" / "python")
    found = kernel_running(tmp_path, other, monkeypatch)
    assert (found.status, found.found) == (PROBLEM, f"python3 runs another Python, {other}")
    assert str(tmp_path / "kernels" / "python3") in found.remedy


@pytest.mark.parametrize("program", ["python", sys.executable])
def test_a_kernel_of_this_python(tmp_path, monkeypatch, program):
    assert kernel_running(tmp_path, program, monkeypatch).status == OK


def test_no_kernel(monkeypatch):
    def none(self: object, name: str) -> None:
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", none)
    found = machine.kernel()
    assert (found.status, found.remedy) == (PROBLEM, reinstall())


@pytest.mark.parametrize(
    ("version", "status"), [(None, WARNING), ("3.1.0", WARNING), ("5.0.16", OK)]
)
def test_widgets_missing_or_of_another_major(tmp_path, version, status):
    if version:
        package = tmp_path / "@jupyter-widgets" / "jupyterlab-manager" / "package.json"
        package.parent.mkdir(parents=True)
        package.write_text(json.dumps({"version": version}))
    found = machine.widgets([tmp_path / "nothing", tmp_path])
    assert found.status == status
    assert ("stay still" in found.remedy) == (status == WARNING)


def test_widgets_without_ipywidgets(monkeypatch):
    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", none)
    assert machine.widgets([]).status == WARNING


@pytest.mark.parametrize(
    ("free", "status"), [(GIB // 100, PROBLEM), (GIB // 2, WARNING), (2 * GIB, OK)]
)
def test_disk(tmp_path, free, status):
    found = machine.disk(tmp_path, free)
    assert found.status == status
    assert bool(found.remedy) == (status != OK)


def test_little_memory_is_a_warning():
    assert machine.memory(GIB).status == WARNING
    assert "Close" in machine.memory(GIB).remedy
    assert machine.memory(4 * GIB).status == OK


def test_a_folder_that_is_not_writable(tmp_path, monkeypatch):
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    assert machine.writable(tmp_path).status == OK
    monkeypatch.setattr(machine.tempfile, "TemporaryFile", refuse)
    found = machine.writable(tmp_path)
    assert (found.status, found.found) == (PROBLEM, f"{tmp_path}: Permission denied")
    assert "folder of your own" in found.remedy


def test_a_problem_is_shown_and_ends_in_status_1(monkeypatch, capsys):
    findings = [
        Finding(OK, "disk", "lots"),
        Finding(WARNING, "memory", "1.0 GB available", "Close other programs."),
        Finding(PROBLEM, "data", "gone", "Install again."),
    ]
    monkeypatch.setattr(doctor, "examine", lambda folder: findings)
    assert doctor.main(brief=True) == 1
    shown = capsys.readouterr().out
    assert "problem  data" in shown
    assert "Install again." in shown
    assert "can't run" in shown
    assert "lots" not in shown
    monkeypatch.setattr(doctor, "examine", lambda folder: findings[:2])
    assert doctor.main() == 0


def test_the_report_works_without_rich(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    doctor._show(Finding(PROBLEM, "rich", "not installed", "Install again."))
    assert capsys.readouterr().out.splitlines() == [
        f"problem  {'rich':<17} not installed",
        "         Install again.",
    ]


def test_missing_pins_are_a_finding(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "pins_file", lambda: tmp_path / "constraints.txt")
    found = doctor.examine(tmp_path)[1]
    assert (found.status, found.what) == (WARNING, "versions")
    assert "constraints.txt can't be read" in found.found
    assert found.remedy == reinstall(tmp_path / "constraints.txt")
    assert machine.packages({})[0].found.endswith(" installed")


def test_a_check_that_fails_itself_is_a_finding(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "memory", broken)
    (found,) = (f for f in doctor.examine(tmp_path) if f.what == "memory")
    assert (found.status, found.remedy) == (WARNING, reinstall())
    assert "RuntimeError: it is broken" in found.found


def test_a_deleted_current_folder_is_one_finding(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    script = 'rmdir "$PWD"; exec "$0" -m greenlab.cli doctor'
    run = subprocess.run(
        ["sh", "-c", script, sys.executable], cwd=folder, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (1, "")
    assert "it was deleted" in run.stdout
