"""A notebook without a kernel: cells run here, and what they show comes back as nbformat outputs.

IPython does the running; this module replaces what a kernel adds to it (streams, displays,
errors, figures, widgets), with bounds. Nothing is started before the first cell, so a shell can
be made once and forked many times. None of this guards against the student, who shares the
process: that is the cage's work. `run` only sees to it that tampering costs later cells nothing.
"""

import asyncio
import atexit
import base64
import builtins
import contextlib
import contextvars
import getpass
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from traceback import StackSummary, TracebackException
from types import SimpleNamespace
from typing import Any

import comm
from comm.base_comm import BaseComm
from IPython.core.autocall import ExitAutocall
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets import Any as AnyTrait
from traitlets import default
from traitlets.config import Config

FRAME = 100  # what an output weighs beside its text, so that a million empty ones don't pass
CELL = re.compile(r'File "<ipython-input-(\d+)-\w+>"')
LIBRARY = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]), "<frozen ")
BACKEND = "module://matplotlib_inline.backend_inline"


@dataclass
class Outcome:
    """What one cell showed, and the error that ended it ("ZeroDivisionError: division by zero")."""

    outputs: list[dict]
    error: str | None


@dataclass(eq=False)
class Entry:
    """An output in the making: a stream's text is still open, a widget may own it."""

    output: dict
    owner: str
    size: int = FRAME
    text: io.StringIO = field(default_factory=io.StringIO)


class Page:
    """One cell's outputs: merged, cleared, updated and cut to `limit` bytes as they come.

    There is no lock (one held by a thread at a fork would hang the child): a thread that prints
    beside the cell may split a line, no more.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.reserve = limit, min(2**15, limit // 4)  # the reserve is for errors
        self.start()
        self.open = False

    def start(self) -> None:
        self.entries: list[Entry] = []
        self.room = self.limit - self.reserve
        self.cut = self.stale = False
        self.open, self.pid = True, os.getpid()
        self.shown: dict[str, list[Entry]] = {}  # by display id
        self.owners: list[str] = []  # the Output widgets that are entered, inmost last
        self.files: list[tuple[str, int]] = []
        self.read = [0, 0]

    @contextlib.contextmanager
    def descriptors(self) -> Iterator[None]:
        """Descriptors 1 and 2 go to files meanwhile: os.write, subprocesses and forks print, too.

        Files need no thread to empty them, as pipes would; the cage's limit on disk bounds them.
        """
        with contextlib.ExitStack() as stack:
            for fd, name in ((1, "stdout"), (2, "stderr")):
                with contextlib.suppress(OSError):  # no room on the disk: then without
                    file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
                    stack.enter_context(diverted(fd, file.fileno()))
                    self.files.append((name, file.fileno()))
            yield
            self.drain()
            self.files = []

    def drain(self) -> None:
        """Take in what came by descriptor, before anything that came after it."""
        for i, (name, fd) in enumerate(self.files):
            with contextlib.suppress(OSError):  # closed by the student
                if (size := os.fstat(fd).st_size) > self.read[i]:
                    start, self.read[i] = self.read[i], size
                    data = os.pread(fd, min(size - start, max(self.room, 0) + 4), start)
                    self.put(name, data.decode("utf-8", "replace"))

    def write(self, name: str, text: str) -> None:
        if not self.open or not text:
            return
        if self.room <= 0 and not self.stale:  # quick, for who prints 100 MB
            self.cut = True
            return
        self.drain()
        self.put(name, text)

    def put(self, name: str, text: str) -> None:
        self.refresh()
        last = next(reversed(self.entries), None)
        owner = self.owners[-1] if self.owners else ""
        if last is None or last.output.get("name") != name or last.owner != owner:
            if self.room <= FRAME:
                self.cut = True
                return
            last = self.add({"output_type": "stream", "name": name}, 0)
        room = max(self.room, 0)
        data = text[: room + 1].encode("utf-8", "backslashreplace")
        self.cut |= len(data) > room
        data = data[:room]
        self.room -= len(data)
        last.size += len(data)
        last.text.write(data.decode("utf-8", "ignore"))

    def show(self, output: dict, display_id: str | None = None, update: bool = False) -> None:
        """A display or a result; one with an id replaces what was shown under it before."""
        if not self.open or os.getpid() != self.pid:
            return
        for mime, value in output["data"].items():
            if isinstance(value, str) and len(value) > self.limit:  # no copies of 100 MB
                output["data"] = {**output["data"], mime: value[: self.limit]}
        output, size = plain({**output, "metadata": output["metadata"] or {}})
        data = output["data"]
        for mime, value in data.items():
            if not isinstance(value, str | list) and not mime.endswith("json"):
                data[mime] = str(value)
        self.drain()
        if not update:
            self.refresh()
        old = self.shown.get(display_id, []) if display_id else []
        if not (places := len(old) + (not update)):
            return  # an update of nothing
        room = self.room + sum(entry.size for entry in old)
        if (size + FRAME) * places > room:
            self.cut = True
            text = clip(str(data.get("text/plain", "")), max(room // places - 4 * FRAME, 0))
            output["data"], output["metadata"] = {"text/plain": text}, {}
            size = len(text.encode()) + FRAME
        for entry in old:
            entry.output.update(data=output["data"], metadata=output["metadata"])
            self.room += entry.size - size - FRAME
            entry.size = size + FRAME
        if not update and self.room > FRAME:
            entry = self.add(output, size)
            if display_id:
                self.shown[display_id] = [*old, entry]

    def fail(self, ename: str, evalue: str, lines: list[str]) -> None:
        """An error; kept where other output no longer is."""
        if not self.open or self.room + self.reserve <= FRAME:
            self.cut = True
            return
        self.drain()
        self.refresh()
        most = self.reserve // 4
        error, size = plain(
            {
                "output_type": "error",
                "ename": clip(ename, 99),
                "evalue": clip(evalue, most),
                "traceback": clip("\n".join(lines), 2 * most).split("\n"),
            }
        )
        self.add(error, size)

    def add(self, output: dict, size: int) -> Entry:
        entry = Entry(output, self.owners[-1] if self.owners else "", size + FRAME)
        self.entries.append(entry)
        self.room -= entry.size
        return entry

    def clear(self, wait: bool) -> None:
        """As clear_output: within an Output widget, only what was shown in it goes."""
        self.drain()
        if wait:
            self.stale = True
            return
        owner = self.owners[-1] if self.owners else None
        kept = [e for e in self.entries if owner is not None and e.owner != owner]
        self.room += sum(e.size for e in self.entries) - sum(e.size for e in kept)
        self.cut &= bool(kept)
        self.entries, known = kept, set(kept)
        self.shown = {k: [e for e in v if e in known] for k, v in self.shown.items()}

    def refresh(self) -> None:
        """Do the clearing that waited for the next output."""
        if self.stale:
            self.stale = False
            self.clear(wait=False)

    def finish(self) -> list[dict]:
        self.open = False
        if self.cut:
            note = f"\n[The output is cut: more than {self.limit:,} bytes.]\n"
            entry = Entry({"output_type": "stream", "name": "stderr"}, "")
            entry.text.write(note)
            self.entries.append(entry)
        for entry in self.entries:
            if entry.output["output_type"] == "stream":
                entry.output["text"] = entry.text.getvalue()
        return [entry.output for entry in self.entries]


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
            torch.manual_seed(seed)


def plain(value: Any) -> tuple[Any, int]:
    """The value as JSON keeps it, valid and without NaN, and its size in bytes."""
    text = json.dumps(value, ensure_ascii=False, skipkeys=True, default=foreign)
    data = text.encode("utf-8", "replace")
    return json.loads(data, parse_constant=str), len(data)


def foreign(value: Any) -> str | list:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    return list(value) if isinstance(value, set | frozenset) else repr(value)


def clip(text: str, most: int) -> str:
    """The text without its middle, where it has more than `most` bytes."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return data.decode()
    head, tail = data[: most // 2], data[len(data) - most // 2 :]
    return f"{head.decode('utf-8', 'ignore')}\n…\n{tail.decode('utf-8', 'ignore')}"


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


def flush(stream: Any) -> None:
    with contextlib.suppress(Exception):
        stream.flush()


@contextlib.contextmanager
def diverted(fd: int, target: int) -> Iterator[None]:
    try:
        saved = os.dup(fd)
    except OSError:
        saved = os.open(os.devnull, os.O_RDWR)  # it was closed
    os.dup2(target, fd)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.dup2(saved, fd)
            os.close(saved)
