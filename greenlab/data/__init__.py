"""Data sets in memory: what ships with the package, and larger ones by download."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch

from greenlab.data.network import TIMEOUT, DataUnavailable, downloading
from greenlab.data.problems import Problem, adult, covertype, letter, problem
from greenlab.device import Lab
from greenlab.installed import reinstall

__all__ = [
    "TIMEOUT",
    "DataUnavailable",
    "Problem",
    "Split",
    "adult",
    "covertype",
    "for_lab",
    "letter",
    "mnist",
    "problem",
]

SPLIT = {"mnist10k": 8_000, "mnist": 60_000}  # first rows train, the rest test
SHIPPED = Path(str(files(__name__))) / "mnist10k.npz"


@dataclass(frozen=True)
class Split:
    """Images (n, 784) float32 in [0, 1] and labels (n,) int64, for training and for testing."""

    name: str
    train_x: torch.Tensor
    train_y: torch.Tensor
    test_x: torch.Tensor
    test_y: torch.Tensor

    def __repr__(self) -> str:
        return (
            f"{self.name}: {len(self.train_x):,} training and {len(self.test_x):,} test images "
            f"on {self.train_x.device}"
        )


def _mnist10k() -> tuple[np.ndarray, np.ndarray]:
    try:
        return _read(SHIPPED, "mnist10k")
    except Exception as error:  # missing, cut off, not a zip: numpy raises five kinds
        raise DataUnavailable(f"{SHIPPED} can't be read: {error}. {reinstall(SHIPPED)}") from error


def _read(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path) as file:
        images, labels = file["images"].reshape(-1, 784), file["labels"]
    if not SPLIT[name] < len(images) == len(labels):
        raise ValueError(f"{len(images)} images and {len(labels)} labels are in it")
    return images, labels


def _mnist() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import fetch_openml, get_data_home

    offline = 'use the digits that ship with the package: data.mnist("mnist10k")'
    with downloading("the full MNIST", offline):
        kept = Path(get_data_home()) / "greenlab_mnist.npz"  # parsing ARFF takes long, this doesn't
        with suppress(Exception):  # not there yet, or broken: fetch it
            return _read(kept, "mnist")
        print(f"Fetching the full MNIST (once, about 15 MB, into {kept.parent}) …", flush=True)
        images, labels = fetch_openml(
            "mnist_784",
            version=1,
            return_X_y=True,
            as_frame=False,
            parser="liac-arff",
            n_retries=1,
        )
        images, labels = images.astype(np.uint8), labels.astype(np.uint8)
        with suppress(OSError):  # a full disk costs the next start its time, no more
            _keep(kept, images, labels)
    return images, labels


def _keep(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    part = path.with_suffix(f".{os.getpid()}.npz")
    try:
        np.savez_compressed(part, images=images, labels=labels)
        part.replace(path)  # whole or not at all
    finally:
        part.unlink(missing_ok=True)


def mnist(name: str = "mnist10k", device: torch.device | str = "cpu") -> Split:
    """Handwritten digits, split once: "mnist10k" (shipped) or "mnist" (downloaded).

    "mnist10k": 10,000 of MNIST's digits, 8,000 to train and 2,000 to test; not MNIST's own
    test split, so error rates do not compare with published ones. "mnist": the usual
    60,000 / 10,000, by scikit-learn's `fetch_openml`, kept in its data home.
    Raises ValueError for another name, DataUnavailable when the download fails or the shipped
    file is missing or broken.
    """
    if name not in SPLIT:
        raise ValueError(f"unknown data set {name!r}; choose one of {list(SPLIT)}")
    images, labels = _mnist10k() if name == "mnist10k" else _mnist()
    x = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32) / 255).to(device)
    y = torch.from_numpy(labels.astype(np.int64)).to(device)
    n = SPLIT[name]
    return Split(name, x[:n], y[:n], x[n:], y[n:])


def for_lab(lab: Lab) -> Split:
    """The digits for a lab's scale and device: full MNIST at the paper's scale if it can be had.

    Prints which it is, and why when the full set could not be had.
    """
    split = None
    if lab.scale == "paper":
        try:
            split = mnist("mnist", lab.device)
        except DataUnavailable as error:
            print(f"Going on with the shipped digits: {error}")
    split = split or mnist("mnist10k", lab.device)
    print(split)
    return split
