"""The trade-off study of Han et al. 2015: errors against parameters pruned away, five lines.

LeNet-300-100 on the shipped digits, several seeds. Trained with an L1 or an L2 penalty, pruned by
magnitude to the same density in each layer, then: not retrained, retrained once, or (L2) pruned a
little and retrained, again and again, with as many more passes over the digits. Every stage is
kept in a folder, so that a stopped study goes on where it was. `greenlab study pruning` runs it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from greenlab import data, prune, prune_sparse, prune_together, train, zoo
from greenlab.masks import Masks
from greenlab.study import begin, options, pool, write_whole
from greenlab.tradeoff_rows import DENSE, LINES, Row, in_order, read, recorded, write

__all__ = ["DENSE", "LINES", "Recipe", "Row", "Study", "main", "read", "recorded", "write"]
ITERATIVE = "L2 iterative"
SPARSE_BELOW = (
    0.17  # the density below which sparse training is faster: tests/benchmarks/pruning.py
)

Models = list[nn.Sequential]


@dataclass(frozen=True)
class Recipe:
    """What a study runs. Epochs at `lr`, and for the dense networks `cool` more at lr/10."""

    seeds: int = 3
    densities: tuple[float, ...] = (0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02)
    dense_epochs: int = 16
    cool: int = 4
    epochs: int = 6
    lr: float = 1e-3
    batch: int = 100
    l1: float = 2e-4
    l2: float = 1e-3
    sizes: tuple[int, ...] = (784, 300, 100, 10)
    digits: int = 8_000


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
        split, n = _digits(), self.recipe.digits
        self.pairs = (split.train_x[:n], split.train_y[:n])
        self.test = (split.test_x, split.test_y)
        self.rows = read(folder / "results.csv") if (folder / "results.csv").exists() else []

    def run(self) -> list[Row]:
        """All rows, in order; each stage is written down when it is done."""
        levels = [(line, d) for d in self.recipe.densities for line in LINES[2:]]
        for what, stages in (
            ("train dense", [(line, 1.0) for line in DENSE.values()]),
            ("prune and retrain", levels),
        ):
            todo = [stage for stage in stages if not self._done(*stage)]
            bar = train.progress(range(len(todo)), what, self.show)
            for _, rows in zip(bar, self._results(todo), strict=True):
                self.rows = in_order([*self.rows, *rows])
                write_whole(self.folder / "results.csv", lambda part: write(self.rows, part))
        return self.rows

    def stage(self, line: str, density: float) -> list[Row]:
        """Do one stage and return its rows: dense networks (density 1), or a line's level."""
        models = self._fresh()
        penalty = line[:2].lower()
        recipe = self.recipe
        if density == 1:
            everything = [Masks.full(m) for m in models]
            for i, (epochs, lr) in enumerate(
                ((recipe.dense_epochs, recipe.lr), (recipe.cool, recipe.lr / 10))
            ):
                self._train(models, everything, penalty, epochs, lr, f"{line} {i}")
            _save(models, self._weights(line))
            rows = self._count(line, 1.0, models)
            for d in recipe.densities:
                pruned = copy.deepcopy(models)
                for m in pruned:
                    prune.by_magnitude(m, d).apply(m)
                rows += self._count(f"{penalty.upper()} no retrain", d, pruned)
            return rows
        before = self._before(line, density)
        _load(models, self._weights(*before) if before else self._weights(DENSE[penalty]))
        # What one level pruned is 0, the smallest magnitude: it stays pruned at the next.
        masks = [prune.by_magnitude(m, density) for m in models]
        self._train(models, masks, penalty, recipe.epochs, recipe.lr, f"{line} {density}")
        if line == ITERATIVE:
            _save(models, self._weights(line, density))
        return self._count(line, density, models)

    def _results(self, todo: list[tuple[str, float]]) -> Iterator[list[Row]]:
        if self.workers == 1:
            yield from (self.stage(*stage) for stage in todo)
            return
        waiting, running = list(todo), set()
        with pool(self.workers) as crew:
            try:
                while waiting or running:
                    for stage in [s for s in waiting if self._ready(*s)]:
                        waiting.remove(stage)
                        running.add(crew.submit(_stage, self.folder, self.recipe, *stage))
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
            except BaseException:
                crew.shutdown(wait=False, cancel_futures=True)
                raise

    def _before(self, line: str, density: float) -> tuple[str, float] | None:
        """The level that an iterative level goes on from, if there is one."""
        at = self.recipe.densities.index(density)
        return (line, self.recipe.densities[at - 1]) if line == ITERATIVE and at else None

    def _ready(self, line: str, density: float) -> bool:
        before = self._before(line, density) if density < 1 else None
        return before is None or self._done(*before)

    def _train(
        self, models: Models, masks: list[Masks], penalty: str, epochs: int, lr: float, stage: str
    ) -> None:
        generators = [_generator(f"{stage} {seed}") for seed in range(len(models))]
        options = {"epochs": epochs, "lr": lr, "batch": self.recipe.batch}
        options[penalty] = getattr(self.recipe, penalty)
        options["generators"] = generators
        if masks[0].density < SPARSE_BELOW and prune_sparse.available():
            prune_sparse.retrain(models, masks, self.pairs, **options)
        else:
            prune_together.retrain(models, masks, self.pairs, **options)

    def _fresh(self) -> Models:
        seeds = range(self.recipe.seeds)
        return [zoo.mlp(*self.recipe.sizes, generator=_generator(f"first {s}")) for s in seeds]

    def _count(self, line: str, density: float, models: Models) -> list[Row]:
        return [Row(line, s, density, train.errors(m, *self.test)) for s, m in enumerate(models)]

    def _done(self, line: str, density: float) -> bool:
        return any(row.line == line and row.density == density for row in self.rows)

    def _weights(self, line: str, density: float = 1.0) -> Path:
        return self.folder / f"{line.replace(' ', '_')}_{density:g}.safetensors"


@cache
def _digits() -> data.Split:
    return data.mnist()


def _stage(folder: Path, recipe: Recipe, line: str, density: float) -> list[Row]:
    return Study(folder, recipe).stage(line, density)


def _generator(stage: str) -> torch.Generator:
    """Numbers of a stage's own, so that a study that was stopped goes on with the same."""
    seed = int.from_bytes(stage.encode(), "big") % (2**61 - 1)
    return torch.Generator().manual_seed(seed)


def _save(models: Models, path: Path) -> None:
    state = {
        f"{s}.{k}": v.contiguous() for s, m in enumerate(models) for k, v in m.state_dict().items()
    }
    write_whole(path, lambda part: save_file(state, part))


def _load(models: Models, path: Path) -> None:
    state = load_file(path)
    for s, model in enumerate(models):
        model.load_state_dict({k: state[f"{s}.{k}"] for k in model.state_dict()})


def main(argv: list[str] | None = None) -> int:
    """The command `greenlab study pruning`."""
    what = "Han et al. 2015: errors against parameters pruned away, five lines."
    asked, refuse = options("pruning", what, argv)
    from greenlab import plots
    from greenlab.plots import pruning as figures

    plots.use_style()
    began = time.perf_counter()
    try:
        study = Study(asked.out, Recipe(seeds=asked.seeds), True, asked.workers)
    except ValueError as error:
        refuse(str(error))
    rows = study.run()
    figure = figures.tradeoff(rows, len(study.test[0]))
    figure.savefig(asked.out / "tradeoff.png")
    print(f"{len(rows)} networks, {time.perf_counter() - began:.0f} s; in {asked.out}/: "
          "results.csv, tradeoff.png")  # fmt: skip
    return 0
