"""What all tests of the package share: one thread, no window, the shipped digits once."""

from __future__ import annotations

import re
import warnings

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import pytest
import torch
from hypothesis import settings

from greenlab import data, plots

settings.register_profile("package", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("package")


@pytest.fixture(autouse=True)
def alone():
    """One thread, default style, no figure left open; what a test changes is put back."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with mpl.rc_context():
        yield
    plt.close("all")
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def digits() -> data.Split:
    """The shipped digits."""
    return data.mnist()


@pytest.fixture
def g() -> torch.Generator:
    """A seeded generator."""
    return torch.Generator().manual_seed(0)


@pytest.fixture
def strict():
    """The labs' style; a warning is a failure."""
    plots.use_style()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def words(capsys):
    """The figure's message in words, after it is drawn."""

    def said() -> str:
        plt.gcf().canvas.draw()  # warnings about layout and glyphs come here
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("In words: ")
        return " ".join(lines)

    return said


@pytest.fixture
def words_and_labels(words):
    """The same, of a figure whose axes all say what they are."""

    def said() -> str:
        text = words()
        for ax in plt.gcf().axes:
            assert re.search(r"\w", ax.get_xlabel())
            assert re.search(r"\w", ax.get_ylabel())
        return text

    return said
