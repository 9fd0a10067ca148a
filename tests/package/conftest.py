"""What all tests of the package share: one thread, no window, the shipped digits once."""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import pytest
import torch
from hypothesis import settings

from greenlab import data

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
