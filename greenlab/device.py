"""The one place that picks the device and the scale, and the line that starts a lab."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Integral
from typing import TypeVar

import numpy as np
import torch

from greenlab.energy.account import Account

T = TypeVar("T")

SCALES = ("class", "paper")


def pick(want: str | torch.device | None = None) -> torch.device:
    """The device to train on: `want` if given, else CUDA, else Apple's MPS, else the CPU.

    Raises ValueError, naming what there is, when `want` is not a device of this machine.
    """
    counts = {
        "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0,
        "mps": int(torch.backends.mps.is_available()),
        "cpu": 1,
    }
    if want is None:
        return torch.device(next(kind for kind, n in counts.items() if n))
    kind = str(want).split(":")[0]
    numbered = [f"{kind}:{i}" for i in range(counts.get(kind, 0))]
    if not numbered or str(want) not in (kind, *numbered):
        have = [k if n == 1 else f"{k}:{i}" for k, n in counts.items() for i in range(n)]
        raise ValueError(f"device {str(want)!r} is not available here; choose one of {have}")
    return torch.device(want)


def describe(device: torch.device) -> str:
    """What `device` is, in words for a student."""
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)} (CUDA)"
    if device.type == "mps":
        return "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads != 1 else ''}"


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Run a block with `n` CPU threads: small networks are fastest with one."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Lab:
    """What `greenlab.setup` chose: the seed, the device and the scale of the experiments."""

    seed: int
    device: torch.device
    scale: str
    _account: Account = field(default_factory=Account, repr=False, compare=False)

    def generator(self, stream: int = 0) -> torch.Generator:
        """A fresh random generator (on the CPU, so that every device draws the same numbers).

        Different `stream`s give different, repeatable numbers for one seed.
        """
        return torch.Generator().manual_seed(1000 * self.seed + stream)

    def choose(self, in_class: T, paper: T) -> T:
        """`in_class` at the class's scale, `paper` at the paper's."""
        return paper if self.scale == "paper" else in_class

    def cost(self) -> str:
        """What the work since `setup` cost: seconds, CPU seconds and joules, in words.

        Measured where there is a sensor, the GPU's too; else estimated, as a range.
        """
        return self._account.tell(gpu=self.device.type != "cpu")


def setup(
    seed: int = 0,
    device: str | torch.device | None = None,
    scale: str | None = None,
    threads: int = 1,
) -> Lab:
    """Start a lab: seed everything, pick device and scale, set the figure style, say so.

    `seed`: 0 or more, below 2³². `device`: "cuda", "mps" or "cpu"; by default the best there is.
    `scale`: "class" (minutes on a CPU) or "paper" (the paper's sizes); by default the paper's
    on a GPU and the class's on a CPU. `threads`: CPU threads; one is fastest for small networks.
    The environment variables GREENLAB_DEVICE and GREENLAB_SCALE override the arguments; the
    autograder sets them. Raises ValueError for a seed or a number of threads that is none, an
    unknown scale, a device that is not there.
    """
    from greenlab import plots

    if not isinstance(seed, Integral) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2³² − 1, got {seed!r}")
    if not isinstance(threads, Integral) or threads < 1:
        raise ValueError(f"threads must be a whole number, 1 or more, got {threads!r}")
    set_device, set_scale = (os.environ.get(f"GREENLAB_{name}") for name in ("DEVICE", "SCALE"))
    chosen = pick(set_device or device)
    scale = set_scale or scale or ("class" if chosen.type == "cpu" else "paper")
    if scale not in SCALES:
        raise ValueError(f"scale {scale!r} is unknown; choose one of {list(SCALES)}")
    seed, threads = int(seed), int(threads)  # numpy's too, which not all below take
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 — students may still call the legacy functions
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    plots.use_style()
    by_device = " (set by GREENLAB_DEVICE)" if set_device else ""
    other = f'change it with setup(scale="{SCALES[1 - SCALES.index(scale)]}")'
    print(
        f"greenlab: seed {seed}, {describe(chosen)}{by_device}, "
        f"{scale} scale ({'set by GREENLAB_SCALE' if set_scale else other}), "
        f"torch {torch.__version__}"
    )
    if scale == "paper" and chosen.type == "cpu":
        print("On a CPU this takes long: half an hour for a teacher, more for the experiments.")
    return Lab(seed, chosen, scale)
