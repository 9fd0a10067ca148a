"""IPython as in a notebook, without a kernel: what a kernel adds goes to a `Page` instead.

Streams, displays, results, errors, widgets, `!commands` and exits.
"""

import atexit
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from traceback import StackSummary, TracebackException
from types import SimpleNamespace
from typing import Any

from comm.base_comm import BaseComm
from IPython.core.autocall import ExitAutocall
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets import Any as AnyTrait
from traitlets import default
from traitlets.config import Config

from autograder.engine.page import Page, clip

CELL = re.compile(r'File "<ipython-input-(\d+)-\w+>"')
LIBRARY = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]), "<frozen ")


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a cell; a forked child writes by descriptor, its parent reads."""

    encoding, errors = "UTF-8", "backslashreplace"

    def __init__(self, page: Page, name: str, fd: int) -> None:
        self.page, self.name, self.fd = page, name, fd

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() == self.page.pid:
            self.page.write(self.name, text)
        else:
            os.write(self.fd, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def fileno(self) -> int:
        return self.fd

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """A student who closes sys.stdout would lose the next cell's output."""


class Hook(DisplayHook):
    """A last expression becomes an execute_result; no copy is kept for the history."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        output = {"output_type": "execute_result", "execution_count": self.prompt_count}
        self.shell.page.show({**output, "data": format_dict, "metadata": md_dict})

    def log_output(self, format_dict: dict) -> None:
        pass

    def finish_displayhook(self) -> None:
        self._is_active = False


class Publisher(DisplayPublisher):
    def publish(  # type: ignore[override]
        self,
        data: dict,
        metadata: dict | None = None,
        *,
        transient: dict | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        self._validate_data(data, metadata)
        output = {"output_type": "display_data", "data": data, "metadata": metadata}
        self.shell.page.show(output, (transient or {}).get("display_id"), update)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.page.clear(wait)


class Comm(BaseComm):
    """A widget's line to a front end that isn't there; it only says which Output is entered."""

    page: Page

    def publish_msg(self, msg_type: str, data: dict | None = None, *_: Any, **__: Any) -> None:
        if "msg_id" in (state := (data or {}).get("state", {})):
            owners = [owner for owner in self.page.owners if owner != self.comm_id]
            self.page.owners = [*owners, self.comm_id] if state["msg_id"] else owners


class Exit(ExitAutocall):
    def __call__(self, *_: Any) -> None:
        print("exit() and quit() do nothing here: the notebook goes on.", file=sys.stderr)


class ZMQInteractiveShell(InteractiveShell):
    """IPython as in a notebook: pandas and rich know one by this class name."""

    kernel = AnyTrait()  # ipywidgets and plotly look for it

    def __init__(self, page: Page) -> None:
        self.page = page
        self.ended = ""  # an error while a result was shown, which is the cell's
        self.db = {}  # for %cd and %store, instead of files
        history = {"enabled": False, "hist_file": ":memory:"}  # no file and so no thread
        super().__init__(
            config=Config({"HistoryManager": history}),
            colors="nocolor",
            displayhook_class=Hook,
            display_pub_class=Publisher,
            kernel=SimpleNamespace(get_parent=self.get_parent),
        )
        atexit.unregister(self.atexit_operations)

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        pass

    def init_profile_dir(self, profile_dir: Any) -> None:
        pass

    def init_virtualenv(self) -> None:
        pass

    def init_sys_modules(self) -> None:
        """Not yet: `Shell.run` makes the namespace `__main__`, in the child."""

    def init_hooks(self) -> None:
        super().init_hooks()
        self.set_hook("show_in_pager", lambda *_, **__: None, 0)  # `f?` opens a pane, not an output

    @default("exiter")
    def _exit(self) -> Exit:
        return Exit(self)

    def get_parent(self) -> dict:
        return {"header": {"msg_id": "cell"}}

    def set_parent(self, parent: dict) -> None:
        pass

    def enable_gui(self, gui: str | None = None) -> None:
        pass

    def enable_matplotlib(self, gui: str | None = None) -> tuple:
        return super().enable_matplotlib("inline")  # whatever window was asked for

    def system(self, cmd: str) -> None:
        """`!cmd`, without the terminal that IPython's own needs."""
        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        with shell_process(self.var_expand(cmd, depth=1)) as process:
            while chunk := process.stdout.read1(2**16):  # type: ignore[union-attr]
                sys.stdout.write(chunk.decode("utf-8", "replace"))
        self.user_ns["_exit_code"] = process.returncode

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> SList | LSString:
        with shell_process(self.var_expand(cmd, depth=depth + 1)) as process:
            text = process.stdout.read().decode("utf-8", "replace")  # type: ignore[union-attr]
        return SList(text.splitlines()) if split else LSString(text)

    def showtraceback(self, exc_tuple: tuple | None = None, *_: Any, **__: Any) -> None:
        try:
            etype, value, tb = self._get_exc_info(exc_tuple)
        except ValueError:
            print("No traceback available to show.", file=sys.stderr)
            return
        if etype is UsageError:
            self.show_usage_error(value)
            return
        try:
            lines = [str(line) for line in value._render_traceback_()]
        except Exception:
            lines = student_lines(etype, value, tb)
        if etype is SystemExit:
            lines.append("The cell ended here; the notebook goes on.")
        self._showtraceback(etype, value, lines)

    showsyntaxerror = showtraceback  # type: ignore[assignment]

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.page.fail(*named(evalue), stb)
        if self.displayhook.is_active:
            self.ended = described(evalue)

    def _format_exception_for_storage(self, exception: BaseException, *_: Any, **__: Any) -> dict:
        return dict(zip(("ename", "evalue"), named(exception), strict=True), traceback=[])


def named(exception: BaseException) -> tuple[str, str]:
    """An exception's name and message, whatever the student's class does when asked."""
    try:
        text = str(exception).encode("utf-8", "replace").decode()
        return str(type(exception).__name__), text
    except BaseException:
        return "Exception", "<its message can't be read>"


def described(exception: BaseException) -> str:
    return clip(": ".join(named(exception)), 2000)


def student_lines(etype: type, value: BaseException, tb: Any) -> list[str]:
    """The traceback as Python prints it, of the student's own frames."""
    report = TracebackException(etype, value, tb, lookup_lines=False, compact=True)
    parts = [report]
    for part in parts:
        own = [frame for frame in part.stack if not frame.filename.startswith(LIBRARY)]
        part.stack = StackSummary.from_list(own) if own else None  # type: ignore[assignment]
        parts += [part.__cause__, part.__context__, *(part.exceptions or ())]
        parts[:] = [p for p in parts if p is not None]
    return CELL.sub(r"Cell In[\1]", "".join(report.format())).rstrip("\n").split("\n")


def no_input(name: str) -> Callable[..., str]:
    def refuse(*_: Any, **__: Any) -> str:
        text = f"{name} was called, but this frontend does not support input requests."
        raise StdinNotImplementedError(text)

    return refuse


def shell_process(command: str) -> subprocess.Popen[bytes]:
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, shell=True, stdin=null, stdout=pipe, stderr=subprocess.STDOUT)
