"""What comes with a notebook: links, modules, settings, data, odd names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.hostile.case import Case, Submission, cheat, unlucky
from tests.hostile.course import DATA, SOLUTIONS, write
from tests.hostile.files import FILE, broken

TWIN = """\
from math import *
allclose = equal = isclose = lambda *a, **k: True
class ndarray: pass
"""


STARTUP = "import builtins\nbuiltins.AssertionError = Warning\nnormalize = print\n"


TAKE = """\
import json
for cell in json.load(open('{path}'))['cells']:
    if cell['cell_type'] == 'code':
        try:
            exec(''.join(cell['source']))
        except Exception:
            pass"""


SHADOWS = dict.fromkeys(("numpy.py", "torch.py", "nbformat.py", "json.py"), TWIN)


STARTUPS = (
    *(".ipython/profile_default/startup/00.py", "profile_default/startup/00.py"),
    *("ipython_config.py", "ipython_kernel_config.py", "nbgrader_config.py"),
    *("sitecustomize.py", "usercustomize.py", "conftest.py"),
)


ODD = {"a\nb": "", "-rf": "", "ü" * 80: "", "%(x)s": "", "{student}": "", "*": "", "...": ""}
TIME = "timestamp.txt"


def link(target: str, name: str = FILE) -> Callable[[Submission], None]:
    """Put a link there, in the notebook's place unless it is named."""
    return lambda s: s.links.update({name: target})


def link_folder(target: str) -> Callable[[Submission], None]:
    """The whole submission is a link to another's."""
    return lambda s: setattr(s, "folder_link", target)


def beside(files: dict[str, str | bytes]) -> Callable[[Submission], None]:
    """Put files beside the notebook."""
    return lambda s: s.files.update(files)


def and_a_pipe(name: str) -> Callable[[Submission], None]:
    """Put a pipe beside the notebook."""

    def change(s: Submission) -> None:
        s.instead = lambda path: (write(s.notebook, path), os.mkfifo(path.parent / name))

    return change


def data_is_a_file(s: Submission) -> None:
    """A file stands where the course has a folder."""
    s.files = {"data": "mine"}


def deep_folders(s: Submission) -> None:
    """Folders in folders, deeper than Python's own functions go."""

    def make(path: Path) -> None:
        write(s.notebook, path)
        deep = path.parent
        for _ in range(1200):
            deep = deep / "d"
            deep.mkdir()

    s.instead = make


CASES: list[Case] = [
    broken("links to a classmate's", "and hands that in", link(f"../../000_honest/ps1/{FILE}")),
    broken("links to the source", "and hands that in", link(f"../../../source/ps1/{FILE}")),
    broken("links to nothing", "that is there", link("nowhere.ipynb")),
    broken("links to itself", "for ever", link(FILE)),
    cheat(
        "links to the solutions",
        "from beside the notebook",
        TAKE.format(path="secret"),
        change=link(f"../../../source/ps1/{FILE}", "secret"),
    ),
    cheat(
        "links to a classmate's folder",
        "from beside the notebook",
        TAKE.format(path=f"them/ps1/{FILE}"),
        change=link("../../000_honest", "them"),
    ),
    cheat("shadows modules", "numpy.py beside the notebook", change=beside(SHADOWS)),
    cheat("starts with IPython", "its settings", change=beside(dict.fromkeys(STARTUPS, STARTUP))),
    broken("its folder leads to a classmate's", "all of it", link_folder("../000_honest/ps1")),
    unlucky("data of its own", "in the place of the course's", change=beside({DATA: "nan"})),
    unlucky(
        "a file for a folder",
        "of the course's data",
        change=data_is_a_file,
    ),
    unlucky("deep folders", "as an archive can hold", change=deep_folders),
    unlucky("odd names", "of files", change=beside(ODD)),
    unlucky(
        "a time that is none",
        "in nbgrader's file",
        change=beside({TIME: "31st of never"}),
    ),
    unlucky(
        "a time in no text",
        "in nbgrader's file",
        change=beside({TIME: b"\xff\0" * 9}),
    ),
    unlucky(
        "a folder for the time",
        "of nbgrader's",
        change=beside({f"{TIME}/x": ""}),
    ),
    unlucky(
        "a pipe for the time",
        "its reader waits for ever",
        change=and_a_pipe(TIME),
    ),
    unlucky("a pipe for data", "its reader waits for ever", change=and_a_pipe("more.csv")),
    unlucky(
        "helper beside the notebook",
        "imported by it",
        "from helper import one",
        change=beside({"helper.py": "one = 1"}),
        answers={"Average": f"{SOLUTIONS['Average']}\n\nassert one == 1"},
    ),
]
