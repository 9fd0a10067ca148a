"""Is this machine ready for the labs? One finding a line: what, found, what to do about it."""

from __future__ import annotations

import importlib.metadata as metadata
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from greenlab.installed import DISTRIBUTION, HERE, opener, pins_file, reinstall

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


def digits(path: Path = HERE / "data" / "mnist10k.npz") -> Finding:
    """Can the shipped digits be read, in the shapes that the labs expect?"""
    try:
        import numpy as np

        with np.load(path) as file:
            shapes = [file[key].shape for key in ("images", "labels")]
    except Exception as error:  # missing, truncated, not a zip: numpy raises five kinds
        return Finding(PROBLEM, "data", f"{path.name} can't be read: {error}", reinstall(path))
    if shapes != [(10_000, 28, 28), (10_000,)]:
        return Finding(PROBLEM, "data", f"{path.name} holds shapes {shapes}", reinstall(path))
    return Finding(OK, "data", "10,000 digits (mnist10k)")


def trained(folder: Path = HERE / "zoo" / "trained") -> Finding:
    """Is there a readable file of weights beside each model card?"""
    names = sorted(card.stem for card in folder.glob("*.md"))
    bad = [name for name in names if not _has_weights(folder / f"{name}.safetensors")]
    if bad or not names:
        found = f"no weights for {', '.join(bad)}" if bad else "none found"
        return Finding(PROBLEM, "trained networks", found, reinstall(folder))
    return Finding(OK, "trained networks", ", ".join(names))


def _has_weights(path: Path) -> bool:
    try:
        from safetensors import safe_open

        with safe_open(path, framework="numpy") as file:
            return bool(file.keys())
    except Exception:  # missing, truncated, or safetensors itself is not there
        return False


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


def examine(folder: Path) -> list[Finding]:
    """Everything that a lab started in `folder` needs, in the order of the report."""
    findings = [python()]
    try:
        pins = read_pins(pins_file())
    except (OSError, ValueError) as error:
        pins, missing = {}, f"{pins_file().name} can't be read: {error}"
        findings.append(Finding(WARNING, "versions", missing, reinstall(pins_file())))
    findings += packages(pins)
    checks: dict[str, Callable[[], Finding]] = {
        "device": device,
        "data": digits,
        "trained networks": trained,
        "kernel": kernel,
        "widgets": widgets,
        "disk": lambda: disk(folder),
        "memory": memory,
        "this folder": lambda: writable(folder),
    }
    for what, check in checks.items():
        try:
            findings.append(check())
        except Exception as error:  # whatever is broken, the rest of the report is of use
            found = f"can't be examined: {type(error).__name__}: {error}"
            findings.append(Finding(WARNING, what, found, reinstall()))
    return findings


def exit_status(findings: Iterable[Finding]) -> int:
    """1 when a lab can't run, 0 otherwise."""
    return int(any(finding.status == PROBLEM for finding in findings))


def main(brief: bool = False) -> int:
    """Print the report of this folder (with `brief`, only what is not in order); exit status."""
    try:
        here = Path.cwd()
    except OSError:  # not even torch can be loaded then
        remedy = "Change to the folder of the labs with `cd`, then run this again."
        findings = [Finding(PROBLEM, "this folder", "it was deleted", remedy)]
    else:
        findings = examine(here)
    for finding in findings:
        if not brief or finding.status != OK:
            _show(finding)
    if exit_status(findings):
        print("\nA lab can't run here yet: mend the problems above.")
    elif not brief:
        print(f"\nReady. Open the labs with: {opener()}")
    return exit_status(findings)


def _show(finding: Finding) -> None:
    line = f"{finding.status:<8} {finding.what:<17} {finding.found}"
    lines = [line, *([f"{'':<9}{finding.remedy}"] if finding.remedy else [])]
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:  # then it is one of the problems
        return print("\n".join(lines))
    color = {OK: "green", WARNING: "yellow", PROBLEM: "bold red"}[finding.status]
    text = Text("\n".join(lines))
    text.stylize(color, 0, len(finding.status))
    return Console(highlight=False, soft_wrap=True).print(text)
