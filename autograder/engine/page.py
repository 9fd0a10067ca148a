"""What one cell shows, as nbformat outputs: merged, cleared, updated and bounded as it comes."""

import base64
import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FRAME = 100  # what an output weighs beside its text, so that a million empty ones don't pass


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
