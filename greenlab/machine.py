"""What the doctor looks at on this machine: each check says what it found and what to do."""

from __future__ import annotations

import importlib.metadata as metadata
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from greenlab.installed import DISTRIBUTION, reinstall

if TYPE_CHECKING:
    from greenlab.energy.sensor import Sensor

OK, WARNING, PROBLEM = "ok", "warning", "problem"
WIDGET_MANAGER = {"8": "5"}  # ipywidgets' major version: that of its JupyterLab extension
GIB = 2**30


@dataclass(frozen=True)
class Finding:
    """One line of the report. A problem stops the labs; a warning does not."""

    status: str
    what: str
    found: str
    remedy: str = ""


def canonical(name: str) -> str:
    """A distribution's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(path: Path) -> dict[str, str]:
    """Version by canonical name of a constraints file. Raises OSError when it can't be read."""
    lines = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {canonical(name): version for name, version in lines}


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Is this Python one that the labs run on?"""
    found = ".".join(map(str, version))
    if version < (3, 11):
        return Finding(PROBLEM, "Python", found, "Install Python 3.11 and set the labs up again.")
    if version >= (3, 14):
        return Finding(WARNING, "Python", found, "The labs are tried on 3.11; use that if you can.")
    return Finding(OK, "Python", found)


def packages(pins: dict[str, str]) -> list[Finding]:
    """The packages that the labs import, against the semester's versions."""
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return [Finding(PROBLEM, "packages", f"{DISTRIBUTION} is not installed", reinstall())]
    names = [re.match(r"[\w.-]+", line)[0] for line in wanted if "extra ==" not in line]
    findings = []
    for name in names:
        pin = pins.get(canonical(name))
        try:
            version = metadata.version(name).split("+")[0]  # torch says 2.13.0+cpu
        except metadata.PackageNotFoundError:
            findings.append(Finding(PROBLEM, name, "not installed", reinstall()))
            continue
        if pin and version != pin:
            note = f"The course uses {pin}. If a lab misbehaves: {reinstall()}"
            findings.append(Finding(WARNING, name, version, note))
    found = f"{len(names)} at the semester's versions" if pins else f"{len(names)} installed"
    return findings or [Finding(OK, "packages", found)]


def device() -> Finding:
    """What the labs will train on. Importing torch is part of the test."""
    try:
        from greenlab import device

        chosen = device.pick()
        return Finding(OK, "device", device.describe(chosen))
    except Exception as error:  # a broken torch raises OSError, ImportError, RuntimeError …
        return Finding(PROBLEM, "device", f"torch does not load: {error}", reinstall())


def meters(found: tuple[list[Sensor], list[str]] | None = None) -> Finding:
    """Which energy counters can be read, and what to do for those that can't. None: an estimate.

    found: sensors and notes as `greenlab.energy.meter.available` gives them.
    """
    from greenlab.energy import meter, rapl
    from greenlab.energy.estimate import CpuSeconds

    sensors, notes = found or meter.available()
    counters = [sensor.domain for sensor in sensors if not isinstance(sensor, CpuSeconds)]
    closed = [note for note in notes if rapl.REMEDY in note]
    told = [", ".join(counters)] if counters else []
    if len(counters) < len(sensors):
        told.append(f"{'the CPU has ' if counters else ''}no counter: joules will be estimated")
    if closed:
        told.append(f"not for this user to read: {len(closed)} of the CPU's")
    told += [note for note in notes if note not in closed]
    return Finding(OK, "energy meters", "; ".join(told), rapl.REMEDY if closed else "")


def kernel(executable: str = sys.executable) -> Finding:
    """Does the notebooks' kernel, python3, run this very Python?"""
    try:
        import ipykernel  # noqa: F401
        from jupyter_client.kernelspec import KernelSpecManager

        spec = KernelSpecManager().get_kernel_spec("python3")
    except Exception as error:  # ImportError, NoSuchKernel, a kernel.json that is not JSON
        return Finding(PROBLEM, "kernel", f"python3 can't be used: {error}", reinstall())
    program = spec.argv[0]
    # A bare name runs the server's own Python; a full path may name another environment's.
    if Path(program).is_absolute() and os.path.realpath(Path(program).parent) != os.path.realpath(
        Path(executable).parent
    ):
        remedy = f"Delete the folder {spec.resource_dir}, then start JupyterLab again."
        return Finding(PROBLEM, "kernel", f"python3 runs another Python, {program}", remedy)
    return Finding(OK, "kernel", "python3 runs this Python")


def widgets(paths: Iterable[str | Path] | None = None) -> Finding:
    """Is the JupyterLab extension that draws sliders there, in ipywidgets' version?"""
    remedy = f"Figures stay still without it. {reinstall()}"
    try:
        if paths is None:
            from jupyter_core.paths import jupyter_path

            paths = jupyter_path("labextensions")
        major = metadata.version("ipywidgets").split(".")[0]
    except (ImportError, metadata.PackageNotFoundError) as error:
        return Finding(WARNING, "widgets", f"ipywidgets is missing: {error}", remedy)
    for path in paths:
        package = Path(path) / "@jupyter-widgets" / "jupyterlab-manager" / "package.json"
        if package.exists():
            version = json.loads(package.read_text(encoding="utf-8"))["version"]
            found = f"ipywidgets {major}, JupyterLab extension {version}"
            fits = version.split(".")[0] == WIDGET_MANAGER.get(major)
            return Finding(OK if fits else WARNING, "widgets", found, "" if fits else remedy)
    return Finding(WARNING, "widgets", "the JupyterLab extension is missing", remedy)


def disk(folder: Path, free: int | None = None) -> Finding:
    """Is there room to save notebooks?"""
    free = shutil.disk_usage(folder).free if free is None else free
    found = f"{free / GIB:.1f} GB free"
    if free < GIB // 20:
        return Finding(
            PROBLEM, "disk", found, "Delete something: a notebook can't be saved safely."
        )
    if free < GIB:
        return Finding(WARNING, "disk", found, "Make room soon: 1 GB free is comfortable.")
    return Finding(OK, "disk", found)


def memory(available: int | None = None) -> Finding:
    """Is there memory for a notebook and a browser?"""
    if available is None:
        import psutil

        available = psutil.virtual_memory().available
    found = f"{available / GIB:.1f} GB available"
    if available < 2 * GIB:
        return Finding(WARNING, "memory", found, "Close other programs before you run a lab.")
    return Finding(OK, "memory", found)


def writable(folder: Path) -> Finding:
    """Can notebooks be saved in `folder`?"""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding(OK, "this folder", f"{folder} can be written")
    except OSError as error:
        remedy = "Copy the labs to a folder of your own, e.g. in your home, and start there."
        return Finding(PROBLEM, "this folder", f"{folder}: {error.strerror}", remedy)
