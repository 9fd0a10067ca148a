"""The full study of model compression (Buciluă, Caruana, Niculescu-Mizil 2006), its figures 2, 3.

On letter.p1 and letter.p2, several seeds: a teacher is selected from the library of models; RAND,
NBE and MUNGE make synthetic rows, which it labels; students learn from the real rows and more and
more synthetic ones, and with more and more hidden units. Each stage is kept in a folder, so that
a stopped study goes on where it was. `greenlab study compression` runs it.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

import numpy as np
import torch

from greenlab import data, students, synth, train
from greenlab.compressing_rows import METHODS, Row, in_order, read, recorded, save
from greenlab.device import threads
from greenlab.ensemble import select
from greenlab.metrics import Array, rmse
from greenlab.mimic import Member, label
from greenlab.study import begin, options, write_whole
from greenlab.zoo.library import build, fitted
from greenlab.zoo.models import models
from greenlab.zoo.recorded import shipped

__all__ = ["METHODS", "Recipe", "Row", "Study", "chosen", "lines", "main", "read", "recorded"]
RESULTS = "results.csv"

Stage = tuple[str, str, int]  # problem, method or "units", seed


@dataclass(frozen=True)
class Recipe:
    """What a study runs: each student is shown `seen` rows, in as many epochs as that takes.

    Those without a teacher stop after `students.EPOCHS` at most. `rows`: real ones; `copies`:
    synthetic rows for each real one; p and s: MUNGE's.
    """

    problems: tuple[str, ...] = ("letter.p1", "letter.p2")
    seeds: int = 3
    rows: int = 4_000
    copies: tuple[int, ...] = (1, 3, 7, 15, 24)
    units: int = 128
    widths: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    seen: int = 1_000_000
    p: float = 0.3
    s: float = 5.0


class Study:
    """A study in a folder: `run` does what is still missing and returns all rows.

    Raises ValueError when the folder holds a study of another recipe.
    """

    def __init__(
        self, folder: Path, recipe: Recipe | None = None, show: bool = False, workers: int = 1
    ) -> None:
        self.folder, self.recipe, self.show = folder, recipe or Recipe(), show
        self.workers = workers
        begin(folder, self.recipe)
        self.rows = read(folder / RESULTS) if (folder / RESULTS).exists() else []

    def run(self) -> list[Row]:
        """All rows, in order; each stage is written down when it is done."""
        recipe, seeds = self.recipe, range(self.recipe.seeds)
        stages = [(p, m, s) for p in recipe.problems for s in seeds for m in METHODS]
        stages += [(p, "units", s) for p in recipe.problems for s in seeds]  # from MUNGE's rows
        todo = [stage for stage in stages if not self._done(*stage)]
        for name in dict.fromkeys(name for name, *_ in todo):
            self._teacher(self._problem(name))  # once, before several processes want it
        bar = train.progress(range(len(todo)), "label and train", self.show)
        for _, found in zip(bar, self._results(todo), strict=True):
            self.rows = in_order([*self.rows, *found])
            write_whole(self.folder / RESULTS, lambda part: save(self.rows, part))
        return self.rows

    def stage(self, name: str, method: str, seed: int) -> list[Row]:
        """One method's students, one for each number of rows, or those of each width."""
        recipe, problem = self.recipe, self._problem(name)
        n, most = recipe.rows, recipe.rows * (1 + max(recipe.copies))
        with threads(1):  # fastest for small networks, and the same numbers everywhere
            if method == "units":
                x, y = self._labeled(problem, "munge", seed)
                widths = [width for width in recipe.widths if width != recipe.units]
                return self._students(problem, "munge", seed, widths, x[:most], y[:most])
            if method == "labels":
                x, y = problem.train_x, problem.train_y
            elif method == "real":
                x, y = problem.train_x, label(problem.train_x, *self._teacher(problem))
            else:
                x, y = self._labeled(problem, method, seed)
            sizes = [n] if method in METHODS[:2] else [n * (1 + k) for k in recipe.copies]
            return [
                row
                for size in sizes
                for row in self._students(
                    problem, method, seed, [recipe.units], x[:size], y[:size]
                )
            ]  # fmt: skip

    def _results(self, todo: Sequence[Stage]) -> Iterator[list[Row]]:
        if self.workers == 1:
            yield from (self.stage(*stage) for stage in todo)
            return
        with ProcessPoolExecutor(self.workers, get_context("spawn"), _end_with_parent) as pool:
            try:
                running = [pool.submit(_stage, self.folder, self.recipe, *stage) for stage in todo]
                for future in as_completed(running):
                    yield future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _students(
        self,
        problem: data.Problem,
        method: str,
        seed: int,
        widths: Sequence[int],
        x: Array,
        y: Array,
    ) -> list[Row]:
        epochs = max(2, round(self.recipe.seen / len(x)))
        if method == "labels":
            epochs = min(epochs, students.EPOCHS)  # more of them make it worse
        found = students.fit(
            widths,
            _tensor(x),
            _tensor(y),
            generators=[
                torch.Generator().manual_seed(_seed(f"{method} {seed} {len(x)} {width}"))
                for width in widths
            ],
            epochs=epochs,
        )
        test = _tensor(problem.test_x)
        errors = [
            float(rmse(students.probabilities(model, test).double().numpy(), problem.test_y))
            for model in found
        ]
        return [
            Row(problem.name, method, seed, len(x), width, round(error, 5))
            for width, error in zip(widths, errors, strict=True)
        ]

    def _labeled(self, problem: data.Problem, method: str, seed: int) -> tuple[Array, Array]:
        # The real rows and after them the synthetic ones, labeled by the teacher: kept in a file.
        path = self.folder / f"{problem.name}_{method}_{seed}.npz"
        try:
            with np.load(path) as file:
                return file["x"], file["y"]
        except Exception:  # not there yet, or broken
            made = synthetic(problem, method, self.recipe, seed)
            x = np.concatenate([problem.train_x, made])
            y = label(x, *self._teacher(problem))
            write_whole(path, lambda part: _save_arrays(part, x=x, y=y))
            return x, y

    def _teacher(self, problem: data.Problem) -> tuple[list[Member], list[float]]:
        weights = chosen(problem)
        folder, all_models = self.folder / problem.name, models(problem.values)
        build(problem, folder, {name: all_models[name] for name in weights}, show=False)
        pairs = zip(weights, fitted(folder, list(weights)), strict=True)
        return [Member(*pair) for pair in pairs], list(weights.values())

    def _problem(self, name: str) -> data.Problem:
        whole, n = data.problem(name), self.recipe.rows
        return replace(whole, train_x=whole.train_x[:n], train_y=whole.train_y[:n])

    def _done(self, name: str, method: str, seed: int) -> bool:
        units = self.recipe.units
        wide = method == "units"
        return any(
            (row.problem, row.seed) == (name, seed)
            and (row.units != units if wide else (row.method, row.units) == (method, units))
            for row in self.rows
        )


def chosen(problem: data.Problem) -> dict[str, float]:
    """The teacher: names and weights of the models that greedy selection takes, from none on."""
    library = shipped(problem.name)
    weights = select(library.climb, problem.climb_y, sorted_start=False).weights
    return {library.names[m]: float(weights[m]) for m in np.flatnonzero(weights)}


def lines(name: str) -> dict[str, float]:
    """RMSE on the test points of a problem's teacher and of its best single model.

    From the shipped predictions; "best" is the best on the points for hill climbing.
    """
    problem, library = data.problem(name), shipped(name)
    best = int(rmse(library.climb, problem.climb_y).argmin())
    weights = chosen(problem)
    teacher = sum(w * library.test[library.names.index(m)] for m, w in weights.items())
    return {
        "teacher": float(rmse(teacher, problem.test_y)),
        "best single model": float(rmse(library.test[best], problem.test_y)),
    }


def synthetic(problem: data.Problem, method: str, recipe: Recipe, seed: int) -> Array:
    """Synthetic rows by "rand", "nbe" or "munge": as many as a recipe asks for."""
    x, k = problem.train_x, max(recipe.copies)
    rng = np.random.default_rng(_seed(f"{method} {seed}"))
    if method == "munge":
        return synth.munge(x, k, recipe.p, recipe.s, rng, problem.nominal)
    if method == "nbe":
        return synth.nbe(x, k * len(x), rng, problem.nominal)
    return synth.rand(x, k * len(x), rng)


def _end_with_parent() -> None:
    # A worker whose study was killed would go on for nothing.
    def wait() -> None:
        parent_process().join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _stage(folder: Path, recipe: Recipe, *stage: object) -> list[Row]:
    return Study(folder, recipe).stage(*stage)


def _tensor(a: Array) -> torch.Tensor:
    return torch.from_numpy(np.asarray(a, dtype=np.float32))


def _seed(what: str) -> int:
    # Numbers of a stage's own, so that a study that was stopped goes on with the same.
    return zlib.crc32(what.encode())


def _save_arrays(path: Path, **arrays: Array) -> None:
    with path.open("wb") as file:  # to a path without .npz numpy would add it
        np.savez(file, **arrays)


def main(argv: list[str] | None = None) -> int:
    """The command `greenlab study compression`."""
    what = "Buciluă et al. 2006: students of an ensemble, by synthetic rows and units."
    asked, refuse = options("compression", what, argv)
    from greenlab import plots
    from greenlab.plots import compression as figures

    plots.use_style()
    began = time.perf_counter()
    try:
        study = Study(asked.out, Recipe(seeds=asked.seeds), True, asked.workers)
    except ValueError as error:
        refuse(str(error))
    rows = study.run()
    known = {name: lines(name) for name in study.recipe.problems}
    for name, draw in (("size", figures.against_rows), ("units", figures.against_units)):
        draw(rows, known).savefig(asked.out / f"{name}.png")
    print(f"{len(rows)} students, {time.perf_counter() - began:.0f} s; in {asked.out}/: "
          f"{RESULTS}, size.png, units.png")  # fmt: skip
    return 0
