"""A notebook without a kernel: cells run here, and what they show comes back as nbformat outputs.

IPython does the running, `notebook` replaces what a kernel adds to it, `page` keeps and bounds what
is shown. Nothing is started before the first cell, so a shell can be made once and forked many
times. None of this guards against the student, who shares the process: that is the cage's work.
`run` only sees to it that tampering costs later cells nothing.
"""

import asyncio
import builtins
import contextlib
import contextvars
import getpass
import os
import random
import sys
import zlib
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import comm
from IPython.core.interactiveshell import ExecutionResult

from autograder.engine.notebook import Comm, Stream, ZMQInteractiveShell, described, named, no_input
from autograder.engine.page import Page

BACKEND = "module://matplotlib_inline.backend_inline"


@dataclass
class Outcome:
    """What one cell showed, and the error that ended it ("ZeroDivisionError: division by zero")."""

    outputs: list[dict]
    error: str | None


class Shell:
    """Runs a notebook's cells one by one, in this process."""

    def __init__(self, max_output: int = 2 * 2**20, seed: int = 0) -> None:
        os.environ["MPLBACKEND"] = BACKEND
        self.seed = seed
        self._page = Page(max_output)
        self._streams = [Stream(self._page, n, i) for i, n in enumerate(("stdout", "stderr"), 1)]
        self._ip = ip = ZMQInteractiveShell(self._page)
        self.namespace: dict = ip.user_ns
        self._builtins = {**vars(builtins), "input": no_input("raw_input")}
        names = "user_module user_ns display_pub displayhook display_trap builtin_trap events page"
        names += " history_manager display_formatter compile"
        self._parts = {name: getattr(ip, name) for name in names.split()}
        self._loops: list[tuple[int, asyncio.AbstractEventLoop]] = []  # and their processes'
        self._context = contextvars.copy_context()  # NumPy's print options live there
        self._figures = False
        self._claim()

    def _claim(self) -> None:
        """Be the process's one shell (again), whatever the last cell did to it."""
        for cls in ZMQInteractiveShell._walk_mro():
            cls._instance = self._ip
        for name, part in self._parts.items():
            setattr(self._ip, name, part)
        self._ip.ended = ""
        Comm.page, comm.create_comm = self._page, Comm
        builtins.__dict__.update(self._builtins)
        for stream in self._streams:
            vars(stream).pop("write", None)
        self._ip.displayhook._is_active = False
        if not self._figures and "matplotlib" in sys.modules:  # before us, so not by MPLBACKEND
            from matplotlib_inline import backend_inline, config

            backend_inline.configure_inline_support.current_backend = "unset"
            config.InlineBackend.clear_instance()
            self._ip.enable_matplotlib()
            self._figures = True

    def close(self) -> None:
        """Close what running cells has opened: in a fork it would close others' descriptors."""
        for _, loop in self._loops:
            loop.close()

    def run(self, source: str) -> Outcome:
        """Run one cell; never raises. sys.stdout, sys.stderr and `__main__` stay the shell's."""
        try:
            return self._run(source)
        except BaseException as exception:  # what the student broke is beyond telling
            return Outcome([], described(exception))

    def _run(self, source: str) -> Outcome:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 1000))
        pid, error = os.getpid(), None
        self._page.start()
        try:
            self._claim()
            self._figures = True  # from here on it is the student's choice
            for stream in (sys.__stdout__, sys.__stderr__):
                flush(stream)  # what is the parent's must not come out in the cell
            sys.stdout, sys.stderr = self._streams
            sys.modules["__main__"] = self._parts["user_module"]
            getpass.getpass = no_input("getpass")  # type: ignore[assignment]
            seed_all(cell_seed(self.seed, source))
            with self._page.descriptors():
                error = self._drive(self._cell(source))
                for stream in (sys.__stdout__, sys.__stderr__):
                    flush(stream)
        except BaseException as exception:
            builtins.__dict__.update(self._builtins)
            sys.setrecursionlimit(max(sys.getrecursionlimit(), 1000))
            error = described(exception)
            self._page.fail(*named(exception), [error])
        if os.getpid() != pid:  # forked by the student: not a second shell
            os._exit(0)
        return Outcome(self._page.finish(), error)

    async def _cell(self, source: str) -> str | None:
        ip, failed = self._ip, None
        try:
            code = ip.transform_cell(source)
        except Exception:
            code, failed = source, sys.exc_info()
        result = ExecutionResult(None)
        try:
            result = await ZMQInteractiveShell.run_cell_async(
                ip, source, True, transformed_cell=code, preprocessing_exc_tuple=failed
            )
        finally:  # figures are shown here
            ip.events.trigger("post_execute")
            ip.events.trigger("post_run_cell", result)
        exception = result.error_before_exec or result.error_in_exec
        return described(exception) if exception is not None else ip.ended or None

    def _drive(self, cell: Coroutine[Any, Any, str | None]) -> str | None:
        """Run the cell as a task, since in a notebook a loop is always running."""
        pid, loop = self._loops[-1] if self._loops else (0, None)
        if loop is None or pid != os.getpid() or loop.is_closed():  # it must not cross a fork
            loop = asyncio.new_event_loop()
            self._loops.append((os.getpid(), loop))
        asyncio.set_event_loop(loop)
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        task = loop.create_task(cell, context=self._context)
        try:
            return loop.run_until_complete(task)
        except KeyboardInterrupt:  # while it awaited; else it would go on in the next cell
            task.cancel()
            return loop.run_until_complete(task)
        except BaseException:  # not to be used again, nor collected: that would close descriptors
            self._loops.append((0, loop))
            raise
        finally:
            asyncio._set_running_loop(outer)


def cell_seed(seed: int, source: str) -> int:
    """A cell's own seed. It hangs on nothing but the source, so that a replay without an earlier
    cell, or the judge's run of this one, draws the same numbers."""
    return (seed + zlib.crc32(source.encode("utf-8", "replace"))) % 2**32


def seed_all(seed: int) -> None:
    """Seed the global generators of what is imported already."""
    with contextlib.suppress(Exception):
        random.seed(seed)
        if "numpy" in sys.modules:
            import numpy.random  # NumPy itself loads it late

            numpy.random.seed(seed)  # noqa: NPY002
        if torch := sys.modules.get("torch"):
            torch.default_generator.manual_seed(seed)  # torch.manual_seed keeps a stack, for CUDA
            if torch.cuda.is_initialized():
                torch.cuda.manual_seed_all(seed)


def flush(stream: Any) -> None:
    with contextlib.suppress(Exception):
        stream.flush()
