"""How this package was installed: where its pins are, and the commands that mend or open it."""

from __future__ import annotations

import importlib.metadata as metadata
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import greenlab

HERE = Path(greenlab.__file__).parent
DISTRIBUTION = "green-ai-labs"
START = ("py" if os.name == "nt" else "python3", "start.py")


def pins_file() -> Path:
    """The pinned versions: the repository's in a checkout, else the wheel's copy."""
    return (checkout() or HERE) / "constraints.txt"


def checkout() -> Path | None:
    """The repository that this package runs from, if it does."""
    return HERE.parent if (HERE.parent / "pyproject.toml").exists() else None


def made_by() -> str:
    """What made this Python's environment: "make", "start.py", or "pip" for anything else."""
    if Path(sys.prefix).name == ".venv":
        if home() == checkout() and os.name != "nt":
            return "make"
        if (home() / "start.py").exists():
            return "start.py"
    return "pip"


def home() -> Path:
    """The folder in which make or start.py put this Python's environment."""
    return Path(sys.prefix).resolve().parent


def origin() -> Path | None:
    """The wheel that pip installed the package from, if it is still there."""
    try:
        told = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        path = Path(url2pathname(urlparse(json.loads(told)["url"]).path))
        return path if path.is_file() else None
    except Exception:  # not installed by pip, or not from a file
        return None


def command(*words: object) -> str:
    """A command line for this machine's shell, between backquotes."""
    line = subprocess.list2cmdline if os.name == "nt" else shlex.join
    return f"`{line([str(word) for word in words])}`"


def reinstall(file: Path | None = None) -> str:
    """How to install again, or how to get back one `file` of the package, as one sentence."""
    root, how = checkout(), made_by()
    if file is not None and root is not None and file.is_relative_to(root):
        part = file.relative_to(root).as_posix()
        return f"Get it back, in {root}: {command('git', 'checkout', '--', part)}."
    if how == "make":
        return f"Install again, in {home()}: `rm -rf .venv` and `make lab`."
    if how == "start.py":
        return f"Install again, in {home()}: {command(*START, '--repair')}."
    what = ["-e", f"{root}[dev]"] if root else [origin() or "green_ai_labs-0.1.0-py3-none-any.whl"]
    options = ["--force-reinstall", "--no-deps"] if file else []
    if file is None and pins_file().exists():
        options = ["-c", pins_file()]
    return f"Install again: {command(sys.executable, '-m', 'pip', 'install', *options, *what)}."


def opener() -> str:
    """The command that opens the labs, whatever environment is active."""
    how = made_by()
    if how == "pip":
        return command(sys.executable, "-m", "greenlab.cli", "lab")
    return f"{'`make lab`' if how == 'make' else command(*START)} in {home()}"
