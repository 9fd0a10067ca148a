"""Finds the notebook in a submitted file's bytes, also in damaged ones, or says why it can't be."""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder.sound import AGAIN, Unreadable, as_notebook

MAX_BYTES = 50 * 2**20
OTHERS = (  # how files begin that only have a notebook's name
    ("PK\x03\x04", "a zip archive", "unpack it and submit the .ipynb file that is inside"),
    ("\x1f\ufffd", "a gzip archive", "unpack it and submit the .ipynb file that is inside"),
    ("%PDF", "a PDF", "submit the .ipynb file that it was made from"),
    ("<(?!<<<<<<)", "a web page", "download the notebook itself, not the page that shows it"),
    (
        r"#!|# %%|# -\*-|# In\[|(import|from|def|class) \w",
        "a Python script",
        "submit the .ipynb file that it was made from",
    ),
)
SPACE = re.compile(r"[\s\0]*")
CONFLICT = re.compile(r"^<{7}", re.MULTILINE)


@dataclass
class Salvaged:
    """A valid notebook, what was wrong with its file, and what to say if too little is left."""

    notebook: NotebookNode
    flags: list[str] = field(default_factory=list)
    damage: str | None = None


def salvage(data: bytes) -> list[Salvaged]:
    """The notebook that a file holds; two where a merge left both sides in it. Raises Unreadable.

    Of a file that is cut off or damaged, the whole cells before that place.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("The file is over 50 MB: clear the outputs, save, and submit it again.")
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("The file is empty: save the notebook and submit it again.")
    text, flags = decode(data)
    try:
        found = parse(text)
    except RecursionError as error:
        raise Unreadable(f"The file is broken, nested too deeply: {AGAIN}.") from error
    for one in found:
        one.flags = flags + one.flags
    return found


def decode(data: bytes) -> tuple[str, list[str]]:
    """A file's text, in whatever Unicode encoding, and what had to be overlooked."""
    encoding = json.detect_encoding(data)
    flags = [] if encoding.startswith("utf-8") else [f"The file is in {encoding}, not in UTF-8."]
    try:
        return data.decode(encoding), flags
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4:  # else it is only cut off
            flags.append("The file is not all UTF-8: what isn't shows as \ufffd.")
        return data.decode(encoding, "replace"), flags


def whole_number(digits: str) -> int | None:
    """An integer, unless it is so long that those who read it later could stumble."""
    return int(digits) if len(digits) <= 18 else None


def real_number(digits: str) -> float | None:
    """A number, unless it is an infinite one, which JSON can't say."""
    value = float(digits)
    return value if math.isfinite(value) else None


DECODER = json.JSONDecoder(
    parse_int=whole_number,
    parse_float=real_number,
    parse_constant=lambda name: None,  # NaN and Infinity
    strict=False,  # a line break within a string is harmless
)


def parse(text: str) -> list[Salvaged]:
    """The notebooks in a text, or what is left of one. Raises Unreadable, RecursionError."""
    try:
        content, end = DECODER.raw_decode(text, skip(text, 0))
    except json.JSONDecodeError as error:
        return sides(text) if CONFLICT.search(text) else [before_damage(text, error)]
    found = Salvaged(*as_notebook(content))
    if skip(text, end) < len(text):
        found.flags.append("What follows the notebook's end in the file doesn't count.")
    return [found]


def skip(text: str, at: int, mark: str = "") -> int:
    """Where the text goes on behind space, a mark and space. Raises ValueError without the mark."""
    at = SPACE.match(text, at).end()
    if not text.startswith(mark, at):
        raise ValueError(f"no {mark} at {at}")
    return SPACE.match(text, at + len(mark)).end()


def sides(text: str) -> list[Salvaged]:
    """The notebooks that the sides of a merge are. Raises Unreadable if neither is one."""
    found = []
    line = text[: CONFLICT.search(text).start()].count("\n") + 1
    for number, name in enumerate(("upper", "lower")):
        try:
            one = Salvaged(*as_notebook(DECODER.decode(one_side(text, number))))
        except (ValueError, Unreadable):
            continue
        one.flags.append(
            f"The file has merge conflicts (line {line}): only the {name} sides count."
        )
        found.append(one)
    if not found:
        raise Unreadable(
            f"The file has merge conflicts (line {line}, <<<<<<<): resolve them, see that Jupyter "
            "opens the file, and submit it again."
        )
    return found


def one_side(text: str, number: int) -> str:
    """What a merge would have given, had it taken only the upper (0) or lower (1) sides."""
    kept, side = [], None
    for line in text.split("\n"):
        mark = line[:7]
        if mark == "<<<<<<<":
            side = 0
        elif side is not None and mark == "|||||||":
            side = -1  # what both sides had before
        elif side is not None and mark == "=======":
            side = 1
        elif side is not None and mark == ">>>>>>>":
            side = None
        elif side in (None, number):
            kept.append(line)
    return "\n".join(kept)


def before_damage(text: str, error: json.JSONDecodeError) -> Salvaged:
    """The whole cells of a notebook before the place where its JSON breaks. Raises Unreadable."""
    start = text.lstrip("\ufeff \t\r\n")
    for beginning, what, remedy in OTHERS:
        if re.match(beginning, start):
            raise Unreadable(f"The file is {what}, not a notebook: {remedy}.") from error
    line = f" (line {error.lineno})" if start.startswith(("{", "[")) else ""
    damage = f"The file is broken, not valid JSON{line}: {AGAIN}."
    content = whole_parts(text)
    if not content.get("cells"):
        raise Unreadable(damage) from error
    found = Salvaged(*as_notebook(content))
    last = len(found.notebook.cells)
    found.flags.append(f"The file is cut off or damaged after cell {last}: the rest is lost.")
    found.damage = damage
    return found


def whole_parts(text: str) -> dict[str, Any]:
    """What stands whole in a broken JSON mapping: its items, and those of its list `cells`."""
    content: dict[str, Any] = {}
    try:
        at = skip(text, 0, "{")
        while True:
            key, at = DECODER.raw_decode(text, at)
            at = skip(text, at, ":")
            if key == "cells":
                at = skip(text, at, "[")
                content[key] = []
                while text[at] != "]":
                    cell, at = DECODER.raw_decode(text, at)
                    content[key].append(cell)
                    at = skip(text, at, "" if text[skip(text, at)] == "]" else ",")
                at += 1
            else:
                content[key], at = DECODER.raw_decode(text, at)
            at = skip(text, at, ",")
    except (ValueError, IndexError, TypeError):
        return content
