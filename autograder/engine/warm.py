"""What the warm parent has loaded before it forks, so that no submission has to load it again."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from autograder import HOUSE, ROOT
from autograder.engine import wire
from autograder.engine.cage import NoIsolation, can_isolate
from autograder.engine.nursery import READY, REFUSED, command
from autograder.engine.shell import Shell

ENGINE = "autograder.engine.parent"
HUGE, MADV_COLLAPSE = 2**21, 25
# What the first cell, the first error and the first display load.
CELLS = (
    "1 + 1",
    "print(1)\ndef f():\n    return 1 / 0",
    "f()",
    "display(1)",
    "nope",
    "%pwd",
    "1 +",
)
# What NumPy and its testing functions load when they are first used.
LATE = ("numpy.ma", "numpy.random", "numpy.testing")
FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2], label='x'); plt.legend();"


class StartsThreads(Exception):
    """A module that can't be loaded before a fork; the message is its name."""


def warm_up(modules: Sequence[str]) -> Shell:
    """Load the engine and `modules`, their lazy parts too; a shell that no cell has run in.

    What can't be imported is left to the student's cell to say. Raises StartsThreads.
    """
    gc.disable()  # nothing of this is garbage
    importlib.import_module(ENGINE)
    refuse_threads(ENGINE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MPLCONFIGDIR"] = folder  # for its list of fonts
        late = LATE if "numpy" in {name.partition(".")[0] for name in modules} else ()
        for name in filter(installed, (*modules, *late)):
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(name)
            refuse_threads(name)
        for name in filter(sys.modules.__contains__, wire.LIBRARIES):
            wire.library(name)
        if "torch" in sys.modules:
            use_torch()
            refuse_threads("torch")
        use_shell()
        refuse_threads("matplotlib")
    shell = Shell()
    gc.freeze()  # a collection in a fork would copy every page that it looks at
    gc.enable()
    if sys.platform == "linux":
        use_huge_pages()
    return shell


def installed(name: str) -> bool:
    """Whether a module is of Python, of a package, or ours for students: none of the repository.

    Its folders would be found from here, and hide a student's own module of that name.
    """
    top = name.partition(".")[0]
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return False
    return top == "greenlab" or HOUSE not in list(Path(spec.origin).parents)[:2]


def refuse_threads(name: str) -> None:
    """Raises StartsThreads if there is more than the one thread."""
    if os.path.isdir("/proc/self/task") and len(os.listdir("/proc/self/task")) > 1:
        raise StartsThreads(name)


def use_torch() -> None:
    """One training step: the first one of an optimizer imports for more than a second."""
    import torch

    torch.set_num_threads(1)  # a used pool of threads can't be forked
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    model(torch.zeros(1, 2)).sum().backward()
    optimizer.step()


def use_shell() -> None:
    """Run cells in a shell of its own, and undo what a shell does to the process."""
    kept = sys.stdout, sys.stderr, sys.modules["__main__"]
    shell = Shell()
    for cell in CELLS:
        shell.run(cell)
    if "matplotlib" in sys.modules:
        shell.run(FIGURE)
    shell.close()
    sys.stdout, sys.stderr, sys.modules["__main__"] = kept


def use_huge_pages() -> None:
    """Gather what is loaded into huge pages, so that a fork copies few and not 100,000 entries.

    A kernel that doesn't know how (before 6.1) leaves it as it is.
    """
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, access, _, _, inode = line.split()[:5]
        first, last = (int(end, 16) for end in span.split("-"))
        first, last = -(-first // HUGE) * HUGE, last // HUGE * HUGE
        if access == "rw-p" and inode == "0" and first < last:
            libc.madvise(first, last - first, MADV_COLLAPSE)


def main(descriptor: int, isolate: bool, modules: Sequence[str]) -> None:
    """Warm up, say so or why not, and serve."""
    sys.path.append(sys.path.pop(sys.path.index(str(ROOT))))  # what it holds hides nothing
    control = socket.socket(fileno=descriptor)
    try:
        if isolate:
            can_isolate()
        shell = warm_up(modules)
    except NoIsolation as error:
        control.sendall(REFUSED + str(error).encode())
    except StartsThreads as error:
        rest = [name for name in modules if name != str(error)]
        if len(rest) < len(modules):  # again without it: a student's cell can import it in the box
            os.set_inheritable(descriptor, True)
            os.execv(sys.executable, command(descriptor, isolate, rest))
        sentence = f"Nothing can be forked: importing {error} starts threads; update it."
        control.sendall(REFUSED + sentence.encode())
    else:
        from autograder.engine.parent import Parent  # loaded by now

        control.sendall(READY)
        Parent(control, shell, isolate).serve()
        os._exit(0)  # to free all that was loaded takes as long as to load it


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] == "box", sys.argv[3:])
