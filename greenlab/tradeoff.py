"""The trade-off study of Han et al. 2015: errors against parameters pruned away, five lines.

LeNet-300-100 on the shipped digits, several seeds. Trained with an L1 or an L2 penalty, pruned by
magnitude to the same density in each layer, then: not retrained, retrained once, or (L2) pruned a
little and retrained, again and again. Every stage is kept in a folder, so that a stopped study
goes on where it was. `greenlab study pruning` runs it.
"""

from __future__ import annotations

import argparse
import copy
import csv
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from greenlab import data, prune, prune_sparse, prune_together, train, zoo
from greenlab.masks import Masks

LINES = ("L2 no retrain", "L1 no retrain", "L1 retrain", "L2 retrain", "L2 iterative")
DENSE = {"l1": "L1 dense", "l2": "L2 dense"}
COLUMNS = ("line", "seed", "density", "errors")
SPARSE_BELOW = (
    0.17  # the density below which sparse training is faster: tests/benchmarks/pruning.py
)

Models = list[nn.Sequential]


@dataclass(frozen=True)
class Row:
    """One network of one line: its seed, the share of weights kept, its test errors."""

    line: str
    seed: int
    density: float
    errors: int


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

    def __init__(self, folder: Path, recipe: Recipe | None = None, show: bool = False) -> None:
        self.folder, self.recipe, self.show = folder, recipe or Recipe(), show
        folder.mkdir(parents=True, exist_ok=True)
        told, path = json.loads(json.dumps(asdict(self.recipe))), folder / "recipe.json"
        if path.exists() and json.loads(path.read_text(encoding="utf-8")) != told:
            raise ValueError(f"{folder} holds a study of another recipe: choose another folder")
        _write(path, lambda part: part.write_text(json.dumps(told), encoding="utf-8"))
        split, n = data.mnist(), self.recipe.digits
        self.pairs = (split.train_x[:n], split.train_y[:n])
        self.test = (split.test_x, split.test_y)
        self.rows = read(folder / "results.csv") if (folder / "results.csv").exists() else []

    def run(self) -> list[Row]:
        """All rows, in order; each stage is written down when it is done."""
        dense = self._dense()
        levels = self.recipe.densities
        stages = [(line, d) for line in LINES[2:] for d in levels]
        for line, density in train.progress(stages, "prune and retrain", self.show):
            if not self._done(line, density):
                self._level(line, density, dense[line[:2].lower()])
        return self.rows

    def _dense(self) -> dict[str, Models]:
        recipe = self.recipe
        found = {}
        for penalty, line in DENSE.items():
            models = self._fresh()
            if self._done(line, 1.0):
                _load(models, self._weights(line))
            else:
                everything = [Masks.full(m) for m in models]
                for part, (epochs, lr) in enumerate(
                    ((recipe.dense_epochs, recipe.lr), (recipe.cool, recipe.lr / 10))
                ):
                    self._train(models, everything, penalty, epochs, lr, f"{line} {part}")
                _save(models, self._weights(line))
                rows = self._count(line, 1.0, models)
                for density in recipe.densities:
                    pruned = copy.deepcopy(models)
                    for m in pruned:
                        prune.by_magnitude(m, density).apply(m)
                    rows += self._count(f"{penalty.upper()} no retrain", density, pruned)
                self._add(rows)
            found[penalty] = models
        return found

    def _level(self, line: str, density: float, dense: Models) -> None:
        models = copy.deepcopy(dense)
        if line == "L2 iterative":
            at = self.recipe.densities.index(density)
            if at:
                _load(models, self._weights(line, self.recipe.densities[at - 1]))
        # What one level pruned is 0, the smallest magnitude: it stays pruned at the next.
        masks = [prune.by_magnitude(m, density) for m in models]
        self._train(
            models,
            masks,
            line[:2].lower(),
            self.recipe.epochs,
            self.recipe.lr,
            f"{line} {density}",
        )
        if line == "L2 iterative":
            _save(models, self._weights(line, density))
        self._add(self._count(line, density, models))

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
            show = self.show and masks[0].density == 1
            prune_together.retrain(models, masks, self.pairs, show=show, what=stage, **options)

    def _fresh(self) -> Models:
        seeds = range(self.recipe.seeds)
        return [zoo.mlp(*self.recipe.sizes, generator=_generator(f"first {s}")) for s in seeds]

    def _count(self, line: str, density: float, models: Models) -> list[Row]:
        return [Row(line, s, density, train.errors(m, *self.test)) for s, m in enumerate(models)]

    def _done(self, line: str, density: float) -> bool:
        return any(row.line == line and row.density == density for row in self.rows)

    def _add(self, rows: list[Row]) -> None:
        self.rows = self.rows + rows
        _write(self.folder / "results.csv", lambda part: write(self.rows, part))

    def _weights(self, line: str, density: float = 1.0) -> Path:
        return self.folder / f"{line.replace(' ', '_')}_{density:g}.safetensors"


def read(path: Path) -> list[Row]:
    """The rows of a results file. Raises OSError or ValueError when it can't be read."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(row["line"], int(row["seed"]), float(row["density"]), int(row["errors"]))
            for row in csv.DictReader(file)
        ]


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as CSV: line, seed, density, errors."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows((row.line, row.seed, f"{row.density:g}", row.errors) for row in rows)


def recorded() -> list[Row]:
    """The rows of the recorded full study that ships with the package (its card tells how)."""
    return read(data.SHIPPED.parent / "pruning_tradeoff.csv")


def _generator(stage: str) -> torch.Generator:
    """Numbers of a stage's own, so that a study that was stopped goes on with the same."""
    seed = int.from_bytes(stage.encode(), "big") % (2**61 - 1)
    return torch.Generator().manual_seed(seed)


def _write(path: Path, how: object) -> None:
    part = path.with_name(f"{path.name}.part")
    how(part)
    part.replace(path)  # whole or not at all


def _save(models: Models, path: Path) -> None:
    state = {
        f"{s}.{k}": v.contiguous() for s, m in enumerate(models) for k, v in m.state_dict().items()
    }
    _write(path, lambda part: save_file(state, part))


def _load(models: Models, path: Path) -> None:
    state = load_file(path)
    for s, model in enumerate(models):
        model.load_state_dict({k: state[f"{s}.{k}"] for k in model.state_dict()})


def main(argv: list[str] | None = None) -> int:
    """The command `greenlab study pruning`."""
    parser = argparse.ArgumentParser(
        prog="greenlab study pruning",
        description="Han et al. 2015: errors against parameters pruned away, five lines. Minutes "
        "on a CPU. Stopped, it goes on where it was.",
    )
    parser.add_argument("--out", type=Path, default=Path("pruning"), help="folder (./pruning)")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind (3)")
    asked = parser.parse_args(argv)
    if asked.seeds < 1:
        parser.error("--seeds must be 1 or more")
    from greenlab import plots
    from greenlab.plots import pruning as figures

    plots.use_style()
    began = time.perf_counter()
    try:
        study = Study(asked.out, Recipe(seeds=asked.seeds), show=True)
    except ValueError as error:
        parser.error(str(error))
    rows = study.run()
    figure = figures.tradeoff(rows, len(study.test[0]))
    figure.savefig(asked.out / "tradeoff.png")
    print(f"{len(rows)} networks, {time.perf_counter() - began:.0f} s; in {asked.out}/: "
          "results.csv, tradeoff.png")  # fmt: skip
    return 0
