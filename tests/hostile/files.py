"""Notebooks that can't be read as they are: of other formats, broken, not there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat

from tests.hostile.case import NOTHING, Case, Submission, unlucky
from tests.hostile.course import ASSIGNMENT

FILE = f"{ASSIGNMENT}.ipynb"


OTHER = {"name": "conda-env-x", "display_name": "x"}


def raw(change: Callable[[str], str | bytes]) -> Callable[[Submission], None]:
    """Change the file's text."""

    def changed(s: Submission) -> None:
        text = change(s.text())
        s.raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")

    return changed


def data(change: Callable[[dict], object]) -> Callable[[Submission], None]:
    """Change the file's JSON."""

    def changed(text: str) -> str:
        content = json.loads(text)
        change(content)
        return json.dumps(content)

    return raw(changed)


def meta(**changes: object) -> Callable[[Submission], None]:
    """Change what the notebook says of itself."""
    return data(lambda content: content.update(changes))


def rename(name: str) -> Callable[[Submission], None]:
    """Give the file another name."""
    return lambda s: setattr(s, "name", name)


def instead(make: Callable[[Path], object]) -> Callable[[Submission], None]:
    """Something else stands where the notebook should."""
    return lambda s: setattr(s, "instead", make)


def version_3(s: Submission) -> None:
    notebook = nbformat.convert(s.notebook, 3)
    s.raw = nbformat.writes(notebook, version=3).encode()


def other_assignment(content: dict) -> None:
    content["cells"] = [dict(content["cells"][1], source="1 + 1")]


def merge(text: str) -> str:
    """A conflict of two runs, in the file as git leaves it."""
    line = next(x for x in text.splitlines() if '"nbformat_minor"' in x)
    return text.replace(line, f"<<<<<<< HEAD\n{line}\n=======\n{line}\n>>>>>>> theirs")


def half(text: str) -> str:
    """The file as a broken transfer leaves it: cut within the third exercise's test."""
    return text[: text.index("torch.tensor([[1.0, 2.0")]


def broken(
    name: str, tries: str, change: Callable[[Submission], None], told: str = "submit"
) -> Case:
    """A file that nothing can be read from: no points, and a sentence that says what to do."""
    return Case(name, tries, change=change, fair=NOTHING, told=told)


CASES: list[Case] = [
    unlucky("name of a download", "ps1 (1).ipynb", change=rename("ps1 (1).ipynb")),
    unlucky("other kernel", "conda's", change=meta(metadata={"kernelspec": OTHER})),
    unlucky("no metadata", "none at all", change=meta(metadata={})),
    unlucky("nbformat 3", "an old editor", change=version_3),
    unlucky("nbformat 4.99", "a new editor", change=meta(nbformat_minor=99)),
    unlucky("byte order mark", "Windows", change=raw(lambda text: text.encode("utf-8-sig"))),
    unlucky("UTF-16", "Windows", change=raw(lambda text: text.encode("utf-16"))),
    unlucky("merge markers", "a conflict that was committed", change=raw(merge)),
    unlucky(
        "cut in half", "a broken transfer", change=raw(half), lost="primes step spread Average"
    ),
    broken("empty file", "a full disk", raw(lambda _: "")),
    broken("a web page", "not a notebook", raw(lambda _: "<!DOCTYPE html>"), "download"),
    broken("other JSON", "no notebook's", raw(lambda _: '{"cells": {"a": null}, "nbformat": "x"}')),
    broken("deep JSON", "to break the reader", raw(lambda _: '{"cells":' * 10**5)),
    unlucky("long number", "to break the reader", change=meta(nbformat=10**4000)),
    broken("other assignment", "the wrong file", data(other_assignment)),
    broken("a pipe", "its reader waits for ever", instead(os.mkfifo)),
    broken("a folder", "of the notebook's name", instead(Path.mkdir)),
    broken("nothing", "an empty folder", instead(lambda path: None)),
]
