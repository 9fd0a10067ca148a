"""The library of models for ensemble selection: trained side by side, kept on disk, resumed.

Buciluă, Caruana, Niculescu-Mizil 2006, §3: many models of many families, all trained on the same
points; their predictions of points held out from training are all that selection needs. Models,
once trained, are kept in a folder, one file each, so that a build that was stopped goes on.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import joblib
import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from threadpoolctl import threadpool_limits

from greenlab import __version__
from greenlab.data import Problem
from greenlab.device import threads
from greenlab.study import write_whole
from greenlab.train import progress
from greenlab.zoo.models import Net, fit_nets, models

CASES = 10_000  # seconds to classify are for so many points, as in the paper's Table 3


@dataclass(frozen=True, eq=False)
class Library:
    """What the models of a library predict and cost; all arrays have a row or entry for each.

    `climb`, `test` (models, n): probabilities of class 1. CPU seconds on one thread, to train and
    to classify 10,000 points; `bytes` of the model's file.
    """

    names: tuple[str, ...]
    climb: NDArray[np.float64]
    test: NDArray[np.float64]
    train_seconds: NDArray[np.float64]
    seconds: NDArray[np.float64]
    bytes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.names)


def build(
    problem: Problem,
    folder: Path,
    estimators: Mapping[str, BaseEstimator] | None = None,
    jobs: int = 1,
    show: bool = True,
) -> Library:
    """Train `estimators` (by default all of `models`), as far as `folder` lacks them.

    `jobs` at a time, one CPU thread each. A model in the folder is taken as it is if its settings,
    the points and the versions of this package and scikit-learn are the same. Raises OSError when
    the folder can't be written, ValueError for no estimators.
    """
    estimators = models(problem.values) if estimators is None else estimators
    if not estimators:
        raise ValueError("a library needs a model or more")
    folder.mkdir(parents=True, exist_ok=True)
    keys = _keys(problem, estimators)
    missing = [name for name in estimators if _record(folder, name, keys[name]) is None]
    tasks = _tasks({name: estimators[name] for name in missing})
    run = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
    calls = (joblib.delayed(_train)(problem, task, folder, keys) for task in tasks)
    bar = progress(tasks, f"library of {problem.name}", show)
    for _ in zip(bar, run(calls), strict=True):
        pass
    found = {name: _record(folder, name, keys[name]) for name in estimators}
    columns = {
        f.name: np.array([record[f.name] for record in found.values()])
        for f in fields(Library)
        if f.name != "names"
    }
    return Library(tuple(found), **columns)


def fitted(folder: Path, names: Sequence[str]) -> list[BaseEstimator]:
    """The trained models of these names, which `build` has put into `folder`.

    Load no folder that you or this package did not write: such files can run any code. Raises
    FileNotFoundError for one that is not there.
    """
    return [joblib.load(folder / f"{name}.joblib") for name in names]


def _keys(problem: Problem, estimators: Mapping[str, BaseEstimator]) -> dict[str, str]:
    # All that a kept model depends on, as one short text each.
    points = hashlib.sha256(f"{__version__} {sklearn.__version__}".encode())
    for part in ("train_x", "train_y", "climb_x", "test_x"):
        points.update(np.ascontiguousarray(getattr(problem, part)).tobytes())
    keys = {}
    for name, model in estimators.items():
        both = points.copy()
        both.update(repr(model).encode())
        keys[name] = both.hexdigest()
    return keys


def _tasks(estimators: Mapping[str, BaseEstimator]) -> list[dict[str, BaseEstimator]]:
    # What is trained in one go: nets of the same epochs side by side, else each model alone.
    tasks: dict[object, dict[str, BaseEstimator]] = {}
    for name, model in estimators.items():
        key = model.epochs if isinstance(model, Net) else name
        tasks.setdefault(key, {})[name] = model
    return list(tasks.values())


def _train(problem: Problem, task: dict, folder: Path, keys: Mapping[str, str]) -> None:
    # Keep each model, then its record: a model without one is trained anew.
    with threadpool_limits(1), threads(1):
        fresh = [clone(model) for model in task.values()]
        began = time.process_time()
        if isinstance(fresh[0], Net):
            fit_nets(fresh, problem.train_x, problem.train_y)
        else:
            fresh[0].fit(problem.train_x, problem.train_y)
        train_seconds = (time.process_time() - began) / len(fresh)
        for name, model in zip(task, fresh, strict=True):
            path = folder / f"{name}.joblib"
            write_whole(path, lambda part, model=model: joblib.dump(model, part))
            climb = model.predict_proba(problem.climb_x)[:, 1]  # and the first call's extra time
            began = time.process_time()
            test = model.predict_proba(problem.test_x)[:, 1]
            seconds = (time.process_time() - began) * CASES / len(test)
            record = {
                "climb": climb,
                "test": test,
                "train_seconds": train_seconds,
                "seconds": seconds,
            }
            record |= {"bytes": path.stat().st_size, "key": keys[name]}
            write_whole(
                folder / f"{name}.npz", lambda part, r=record: np.savez_compressed(part, **r)
            )


def _record(folder: Path, name: str, key: str) -> dict[str, NDArray] | None:
    try:
        with np.load(folder / f"{name}.npz") as file:
            record = {k: file[k] for k in file.files}
        whole = (folder / f"{name}.joblib").stat().st_size == record["bytes"]
        return record if whole and record["key"] == key else None
    except Exception:  # not there yet, or broken: train it
        return None
