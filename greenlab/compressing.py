"""The full study of model compression (Buciluă, Caruana, Niculescu-Mizil 2006), its figures 2, 3.

On letter.p1 and letter.p2, each seed with a split of its own: the library of models is trained and
a teacher selected from it; RAND, NBE and MUNGE make synthetic rows, which it labels; students learn
from the real rows and more and more synthetic ones, and with more and more hidden units. Each stage
is kept in a folder, so that a stopped study goes on where it was. `greenlab study compression` runs
it.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from greenlab import data, students, synth, train
from greenlab.compressing_rows import LEVELS, METHODS, Row, in_order, levels, read, recorded, save
from greenlab.device import threads
from greenlab.metrics import Array, rmse
from greenlab.mimic import Member, label
from greenlab.study import begin, options, pool, write_whole
from greenlab.zoo.library import Library, build, fitted
from greenlab.zoo.models import FAMILIES, family, models
from greenlab.zoo.selected import chosen, lines

__all__ = [
    "METHODS",
    "Recipe",
    "Row",
    "Study",
    "levels",
    "main",
    "read",
    "recorded",
]
RESULTS = "results.csv"

Stage = tuple[str, str, int]  # problem, method or "units", seed


@dataclass(frozen=True)
class Recipe:
    """What a study runs: each student is shown `seen` rows, in as many epochs as that takes.

    Those without a teacher stop after `students.EPOCHS` at most. Seed s has the problem's split s.
    `families`: of the library; `rows`: real ones; `copies`: synthetic rows for each real one, of
    students of `units`, and `wide` for those of the `widths`; p and s: MUNGE's.
    """

    problems: tuple[str, ...] = ("letter.p1", "letter.p2")
    seeds: int = 3
    families: tuple[str, ...] = FAMILIES
    rows: int = 4_000
    copies: tuple[int, ...] = (1, 3, 7, 15, 24, 49, 99)
    units: int = 128
    wide: int = 24
    widths: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    seen: int = 2_000_000
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
        self._go(
            [(p, "teacher", s) for p in recipe.problems for s in seeds],
            "train libraries, select teachers",
        )
        stages = [(p, m, s) for p in recipe.problems for s in seeds for m in METHODS]
        stages += [(p, "units", s) for p in recipe.problems for s in seeds]  # from MUNGE's rows
        self._go(stages, "label and train")
        return self.rows

    def _go(self, stages: Sequence[Stage], what: str) -> None:
        todo = [stage for stage in stages if not self._done(*stage)]
        bar = train.progress(range(len(todo)), what, self.show)
        for _, found in zip(bar, self._results(todo), strict=True):
            self.rows = in_order([*self.rows, *found])
            write_whole(self.folder / RESULTS, lambda part: save(self.rows, part))

    def stage(self, name: str, method: str, seed: int) -> list[Row]:
        """One method's students, one for each number of rows, or those of each width; teachers."""
        recipe, problem = self.recipe, self._problem(name, seed)
        n, most = recipe.rows, recipe.rows * (1 + recipe.wide)
        with threads(1):  # fastest for small networks, and the same numbers everywhere
            if method == "teacher":
                known = lines(self._library(problem, seed), problem)
                return [
                    Row(name, level, seed, n, 0, round(known[words], 5))
                    for level, words in LEVELS.items()
                ]
            if method == "units":
                x, y = self._labeled(problem, "munge", seed)
                widths = [width for width in recipe.widths if width != recipe.units]
                return self._students(problem, "munge", seed, widths, x[:most], y[:most])
            if method == "labels":
                x, y = problem.train_x, problem.train_y
            elif method == "real":
                x, y = problem.train_x, label(problem.train_x, *self._teacher(problem, seed))
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
        with pool(self.workers) as crew:
            try:
                running = [crew.submit(_stage, self.folder, self.recipe, *stage) for stage in todo]
                for future in as_completed(running):
                    yield future.result()
            except BaseException:
                crew.shutdown(wait=False, cancel_futures=True)
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
            y = label(x, *self._teacher(problem, seed))
            x, y = (
                x.astype(np.float32),
                y.astype(np.float32),
            )  # as students want them, half as large
            write_whole(path, lambda part: _save_arrays(part, x=x, y=y))
            return x, y

    def _teacher(self, problem: data.Problem, seed: int) -> tuple[list[Member], list[float]]:
        weights = chosen(self._library(problem, seed), problem)
        pairs = zip(weights, fitted(self._models(problem, seed), list(weights)), strict=True)
        return [Member(*pair) for pair in pairs], list(weights.values())

    def _library(self, problem: data.Problem, seed: int) -> Library:
        wanted = {
            name: model
            for name, model in models(problem.values).items()
            if family(name) in self.recipe.families
        }
        return build(problem, self._models(problem, seed), wanted, show=False)

    def _models(self, problem: data.Problem, seed: int) -> Path:
        return self.folder / f"{problem.name}_models_{seed}"

    def _problem(self, name: str, seed: int) -> data.Problem:
        whole, n = data.problem(name, split=seed), self.recipe.rows
        return replace(whole, train_x=whole.train_x[:n], train_y=whole.train_y[:n])

    def _done(self, name: str, method: str, seed: int) -> bool:
        kind = "munge" if method == "units" else method
        return any(
            (row.problem, row.method, row.seed) == (name, kind, seed)
            and (method == "teacher" or (row.units != self.recipe.units) == (method == "units"))
            for row in self.rows
        )


def synthetic(problem: data.Problem, method: str, recipe: Recipe, seed: int) -> Array:
    """Synthetic rows by "rand", "nbe" or "munge": as many as a recipe asks for."""
    x, k = problem.train_x, max(recipe.copies)
    rng = np.random.default_rng(_seed(f"{method} {seed}"))
    if method == "munge":
        return synth.munge(x, k, recipe.p, recipe.s, rng, problem.nominal)
    if method == "nbe":
        return synth.nbe(x, k * len(x), rng, problem.nominal)
    return synth.rand(x, k * len(x), rng)


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
    what = (
        "Buciluă et al. 2006: students of an ensemble, by synthetic rows and units. 1.3 GB of disk."
    )
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
    known = levels(rows)
    for name, draw in (("size", figures.against_rows), ("units", figures.against_units)):
        draw(rows, known).savefig(asked.out / f"{name}.png")
    count = sum(row.units > 0 for row in rows)
    print(f"{count} students, {time.perf_counter() - began:.0f} s; in {asked.out}/: "
          f"{RESULTS}, size.png, units.png")  # fmt: skip
    return 0
