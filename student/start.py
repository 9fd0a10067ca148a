"""Set up the Green AI labs beside this file and open them: python3 start.py (Windows: py start.py).

Needs nothing but Python 3.11 or newer; what it installs goes into .venv, in this folder.
"""

import argparse
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
STAMP = VENV / "installed.txt"
PINS = HERE / "constraints.txt"
GIB = 2**30
NEEDED = 3 * GIB  # torch for the CPU and the rest take 1.5 GB, and pip needs as much while it works
OFFLINE = ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ConnectionError")


class Trouble(Exception):
    """Something that the student can mend; the message says how."""


def wheel() -> Path:
    """The package beside this file. Raises Trouble when it is not there."""
    found = sorted(HERE.glob("green_ai_labs-*.whl"))
    if not found or not PINS.exists():
        raise Trouble(
            "Some files are missing beside start.py. Unzip the whole download first "
            "(on Windows: right click, Extract All), then start it from the new folder."
        )
    return found[-1]


def venv_python() -> Path:
    """The Python of the environment beside this file."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def state() -> str:
    """What is installed and where: it changes with the download, the folder and the Python."""
    content = wheel().read_bytes() + PINS.read_bytes()
    return "\n".join([hashlib.sha256(content).hexdigest(), str(HERE), sys.version, ""])


def installed() -> bool:
    """Is everything installed, by this Python, from these files, in this folder?"""
    return venv_python().exists() and STAMP.exists() and STAMP.read_text("utf-8") == state()


def check_python(version: "tuple[int, int]" = sys.version_info[:2]) -> None:
    """Raises Trouble when Python is too old or too new for the course's versions."""
    if version < (3, 11) or version > (3, 13):
        raise Trouble(
            "This is Python %d.%d; the labs need 3.11, 3.12 or 3.13. Install Python 3.11 and start "
            "with it: python3.11 start.py (Windows: py -3.11 start.py)." % version
        )


def check_folder() -> None:
    """Raises Trouble when this folder can't take the installation."""
    try:
        with tempfile.TemporaryFile(dir=str(HERE)):
            pass
    except OSError:
        raise Trouble(
            "Nothing can be written to %s. Move the folder to a place of your own, "
            "e.g. your home, and start it there." % HERE
        ) from None
    if shutil.disk_usage(str(HERE)).free < NEEDED:
        raise Trouble(disk_full())


def check_venv() -> None:
    """Raises Trouble when this Python can't make virtual environments (Debian splits them off)."""
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        raise Trouble(
            "This Python cannot make virtual environments. On Debian and Ubuntu: "
            "sudo apt install python3-venv (for another Python, e.g. python3.11-venv). "
            "Elsewhere install Python 3.11 anew."
        )


def disk_full() -> str:
    """What to do when the disk is full."""
    free = shutil.disk_usage(str(HERE)).free / GIB
    return (
        "The disk has %.1f GB free, and the labs need about %d GB. Make room, then start again."
        % (
            free,
            NEEDED // GIB,
        )
    )


def explain(errors: str) -> str:
    """What a failed pip means for a student, from what it wrote to standard error."""
    if "No space left" in errors or "Errno 28" in errors:
        return disk_full()
    if "externally-managed-environment" in errors:
        return (
            "This Python belongs to the system and takes no packages. Ask whoever runs it to "
            "install the wheel, or start without --hub."
        )
    if any(word in errors for word in OFFLINE):
        return (
            "The packages could not be downloaded: there is no network, or a proxy or firewall "
            "stands between. Connect (only this first start needs it), behind a proxy set "
            "HTTPS_PROXY, then start again; what was downloaded is kept."
        )
    if "No matching distribution" in errors:
        return (
            "A package has no build for this machine (%s, %s). Use a 64-bit Python 3.11; on a Mac "
            "with an Intel processor use your course's hub or Colab."
            % (sys.platform, platform.machine())
        )
    return (
        "pip failed; its last lines above say why. Start with --repair to try again from nothing."
    )


def pip(python: "Path | str", *args: str) -> None:
    """Run pip with its progress on the screen. Raises Trouble when it fails."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", *args]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
    errors = []
    for line in process.stderr:
        sys.stderr.write(line)
        errors.append(line)
    if process.wait() != 0:
        raise Trouble(explain("".join(errors)))


def hint_cpu_build() -> None:
    """On Linux without an NVIDIA GPU, say how the several GB of GPU libraries can be spared."""
    spared = "PIP_EXTRA_INDEX_URL" in os.environ or shutil.which("nvidia-smi")
    if sys.platform.startswith("linux") and platform.machine() == "x86_64" and not spared:
        print(
            "No NVIDIA GPU was found, yet on Linux pip takes the GPU build of torch by default, "
            "several GB.\nIf your instructor gave you the address of a CPU build, stop (Ctrl+C) "
            "and start again with\n  PIP_EXTRA_INDEX_URL=ADDRESS python3 start.py"
        )


def install() -> None:
    """Make .venv anew with the wheel and the course's versions. Raises Trouble when it can't."""
    check_venv()
    check_folder()
    hint_cpu_build()
    print("Installing into %s. This takes some minutes, once." % VENV, flush=True)
    try:
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    except OSError as error:
        raise Trouble("The environment could not be made: %s" % error) from None
    if made.returncode != 0:
        raise Trouble(
            "The environment could not be made. Close JupyterLab if it is open; if that is not "
            "it, delete the folder .venv here and start again."
        )
    pip(venv_python(), "-c", str(PINS), str(wheel()))
    STAMP.write_text(state(), "utf-8")


def missing_pins() -> str:
    """The pins of what this Python does not have yet, as the text of a constraints file."""

    from importlib import metadata  # Python 3.8 has it first

    def absent(name: str) -> bool:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            return True
        return False

    lines = PINS.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if "==" in line and absent(line.split("==")[0])) + "\n"


def install_on_hub() -> None:
    """Add the wheel to this Python, leaving what the hub has as it is. Raises Trouble."""
    target = sysconfig.get_paths()["purelib"]
    in_venv = sys.prefix != sys.base_prefix
    user = [] if in_venv or os.access(target, os.W_OK) else ["--user"]
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "missing.txt"
        pins.write_text(missing_pins(), "utf-8")
        pip(sys.executable, "-c", str(pins), *user, str(wheel()))


def greenlab(python: "Path | str", *args: str) -> int:
    """Run the command greenlab of an environment; its exit status."""
    process = subprocess.Popen([str(python), "-m", "greenlab.cli", *args], cwd=str(HERE))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # JupyterLab got it too, and asks whether to stop
            continue


def first_lab() -> str:
    """The notebook to open first."""
    return min(path.relative_to(HERE).as_posix() for path in HERE.glob("labs/*/*.ipynb"))


def run(asked: argparse.Namespace, extra: "list[str]") -> int:
    """Do what was asked; the exit status. Raises Trouble with what to do about it."""
    check_python()
    on_hub = asked.hub or "JUPYTERHUB_USER" in os.environ or "JUPYTERHUB_API_TOKEN" in os.environ
    python = sys.executable if on_hub else venv_python()
    if asked.check:
        if not on_hub and not installed():
            raise Trouble("Nothing is installed here for this Python yet: start without --check.")
        return greenlab(python, "doctor")
    if on_hub:
        install_on_hub()
    elif asked.repair or not installed():
        install()
    elif not asked.no_open:
        return greenlab(python, "lab", "labs", "--", *extra)
    if greenlab(python, "doctor", "--brief") != 0:
        return 1
    if on_hub:
        print("Installed. Open %s in the file browser (restart its kernel)." % first_lab())
        return 0
    if asked.no_open:
        print("Installed. Start again without --no-open to open the labs.")
        return 0
    return greenlab(python, "lab", "labs", "--", *extra)


def main(argv: "list[str] | None" = None) -> int:
    """Read the command line, do it, and turn trouble into a sentence; the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    split = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(
        prog="start.py",
        description="Install the Green AI labs beside this file and open them in JupyterLab. "
        "The second start opens them at once. What follows -- goes to JupyterLab.",
    )
    parser.add_argument("--no-open", action="store_true", help="install only")
    parser.add_argument("--check", action="store_true", help="say whether all is in order")
    parser.add_argument("--repair", action="store_true", help="install again from nothing")
    parser.add_argument(
        "--hub", action="store_true", help="on a JupyterHub: install into its Python"
    )
    try:
        return run(parser.parse_args(argv[:split]), argv[split + 1 :])
    except Trouble as trouble:
        print("\n" + str(trouble), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
