"""What a cell shows: of the box's only the form is believed, of the judge's the student's words."""

from __future__ import annotations

import io
import re
import traceback
from numbers import Real
from typing import Any

from autograder.engine.link import Gone, OverLimit
from autograder.engine.wire import WireError

MAX_PRINTED = 100_000  # characters that one test prints
MAX_SHOWN = 4 * 2**20  # characters of one cell's outputs from the box
MAX_WORDS = 2_000  # characters of an error
TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")
IMAGES = ("image/png", "image/jpeg")
SPEAKING = ("AssertionError", "NotYet")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


class Printed(io.StringIO):
    """What is printed, up to a limit."""

    def write(self, text: str) -> int:
        super().write(text[: max(MAX_PRINTED - self.tell(), 0)])
        return len(text)


def checked(outputs: Any) -> list[dict]:
    """The well-formed nbformat outputs among these, as far as they fit; the rest is left out.

    Scripts, widgets and JSON are left out. HTML stays as it came: who shows it makes it inert.
    """
    kept, room = [], MAX_SHOWN
    for output in outputs if isinstance(outputs, list) else []:
        made = well_formed(output)
        room -= len(str(made))
        if made is not None and room > 0:
            kept.append(made)
    return kept


def well_formed(output: Any) -> dict | None:
    """An output made anew of the parts that nbformat knows; None where one is missing."""
    match output:
        case {"output_type": "stream", "name": ("stdout" | "stderr") as name, "text": str(text)}:
            return stream(text, name)
        case {"output_type": "error", "ename": str(name), "evalue": str(text), "traceback": lines}:
            return error(name, text, lines if isinstance(lines, list) else [])
        case {"output_type": ("display_data" | "execute_result") as kind, "data": dict(data)}:
            shown = {mime: scrubbed(text) for mime, text in data.items() if fits(mime, text)}
            sizes = output.get("metadata")
            made = {"output_type": kind, "data": shown, "metadata": sizes_only(sizes, shown)}
            if kind == "execute_result":
                made["execution_count"] = None  # who puts it into a notebook numbers the cells
            return made if shown else None
    return None


def fits(mime: Any, text: Any) -> bool:
    """Whether it is text of a kind that is shown; an image must not end its own HTML attribute."""
    if type(text) is not str:
        return False
    return mime in TEXTS or (mime in IMAGES and BASE64.fullmatch(text) is not None)


def sizes_only(metadata: Any, shown: dict) -> dict:
    """Of metadata the images' sizes, where they are numbers."""
    sizes = {}
    for mime in IMAGES:
        if mime in shown and isinstance(metadata, dict) and isinstance(metadata.get(mime), dict):
            of = metadata[mime]
            sizes[mime] = {k: of[k] for k in ("width", "height") if type(of.get(k)) is int}
    return {mime: {k: n for k, n in of.items() if 0 < n < 10**5} for mime, of in sizes.items()}


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": scrubbed(text)}


def error(name: str, text: str, lines: list) -> dict:
    lines = [scrubbed(line) for line in lines if isinstance(line, str)]
    name, text = scrubbed(name)[:100], scrubbed(text)[:MAX_WORDS]
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": lines}


def result(value: Any) -> dict:
    """A value as the result of a test."""
    data = {"text/plain": scrubbed(repr(value))[:MAX_WORDS]}
    return {"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}


def scrubbed(text: str) -> str:
    """The text, cut to what may be shown, without halves of characters, which no file can hold."""
    return text[:MAX_SHOWN].encode("utf-8", "replace").decode()


def told(failure: BaseException, line: str = "") -> tuple[str, str]:
    """A failure's name and message, as its student should read them; `line` where it says none."""
    if isinstance(failure, OverLimit):
        return "Stopped", f"{failure}."
    if isinstance(failure, Gone):
        return "Stopped", "the code ended its own process (exit, a crash, or out of memory)."
    if isinstance(failure, WireError):
        return "Refused", f"the code gave something that can't be graded: {failure}."
    try:
        text = scrubbed(str(failure) or line)
    except Exception:
        text = "(its message could not be read)"
    return type(failure).__name__, text[:MAX_WORDS]


def in_words(failure: BaseException, line: str = "") -> str:
    """The same as one text; an assertion's message says it all."""
    name, text = told(failure, line)
    return text if name in SPEAKING and text != line else f"{name}: {text}"


def error_output(failure: BaseException, line: str = "") -> dict:
    """The same as a notebook's error output, without the judge's own lines."""
    return error(*told(failure, line), [in_words(failure, line)])


def failed_line(failure: BaseException, source: str, file: str) -> str:
    """The line of a test that failed; of a hidden one only that it is one."""
    frames = [f for f in traceback.extract_tb(failure.__traceback__) if f.filename == file]
    lines = source.split("\n")
    if not frames or not 0 < frames[-1].lineno <= len(lines):
        return ""
    above = "\n".join(lines[: frames[-1].lineno])
    if above.rfind("BEGIN HIDDEN TESTS") > above.rfind("END HIDDEN TESTS"):
        return "a hidden test"
    return lines[frames[-1].lineno - 1].strip()


def points(value: Any, most: float) -> float:
    """nbgrader's partial credit: a number that the test ends in, else all. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return most
    if not 0 <= value <= most:
        raise ValueError(f"the test ends in {value} points of {most:g}")
    return float(value)


def shown_points(outputs: list[dict], most: float) -> float:
    """The same of a test that ran in the box, by the result that it shows."""
    for output in outputs:
        if output["output_type"] == "execute_result":
            try:
                value = float(output["data"].get("text/plain", ""))
            except ValueError:
                return most
            return points(value, most)
    return most
