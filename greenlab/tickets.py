"""The full lottery ticket study (Frankle & Carbin 2018, §2): `greenlab study lottery` runs it.

LeNet-300-100 on the shipped digits: iterative pruning, several seeds, and in every round two
controls: random first weights in the ticket's mask, and a random mask of the same size over the
ticket's first weights. Every round is kept in a folder, so that a stopped study goes on where it
was, with the same numbers.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from greenlab import data, lottery, train, zoo
from greenlab.device import threads
from greenlab.masks import Masks
from greenlab.study import begin, write_whole

KINDS = ("ticket", "reinitialized", "random mask")
RESULTS = "results.csv"


@dataclass(frozen=True)
class Row:
    """One network at early stop: its kind, seed, round, share of weights, iteration, errors."""

    kind: str
    seed: int
    round: int
    left: float
    iteration: int
    errors: int


@dataclass(frozen=True)
class Recipe:
    """What a study runs; the paper's, but for fewer digits and iterations."""

    seeds: int = 3
    rounds: int = 20
    iterations: int = 1000
    every: int = 50
    rate: float = 0.2
    rewind_to: int = 0
    batch: int = 60
    lr: float = 1.2e-3
    sizes: tuple[int, ...] = (784, 300, 100, 10)
    validation: int = 1000


class Study:
    """A study in a folder: `run` does what is still missing and returns all rows.

    Raises ValueError when the folder holds a study of another recipe.
    """

    def __init__(self, folder: Path, recipe: Recipe | None = None, show: bool = False) -> None:
        self.folder, self.recipe, self.show = folder, recipe or Recipe(), show
        begin(folder, self.recipe)
        self.digits = lottery.hold_out(data.mnist(), self.recipe.validation)
        self.models = [self._fresh("first", seed) for seed in range(self.recipe.seeds)]

    def run(self) -> list[Row]:
        """All rows, round by round; each round is written down when it is done."""
        recipe, seeds = self.recipe, range(self.recipe.seeds)
        after = load(self.folder)
        rows = read(self.folder / RESULTS) if after else []
        rows = [row for row in rows if row.round <= after.number] if after else []
        watched = {name: getattr(recipe, name) for name in ("iterations", "every", "batch", "lr")}
        rounds = lottery.iterate(
            self.models,
            self.digits,
            recipe.rounds,
            generators=lambda number: [_generator("order", seed, number) for seed in seeds],
            rate=recipe.rate,
            rewind_to=recipe.rewind_to,
            after=after,
            **watched,
        )
        left = range(after.number + 1 if after else 0, recipe.rounds + 1)
        with threads(1):  # fastest for small networks, and the same numbers everywhere
            for _ in train.progress(left, "rounds", self.show):
                found = next(rounds)
                runs = {"ticket": found.runs}
                if found.number:
                    runs |= self._controls(found, watched)
                rows += [
                    Row(kind, seed, found.number, round(found.masks[seed].density, 6),
                        run.early_stop, run.errors_then)
                    for kind, own in runs.items() for seed, run in enumerate(own)
                ]  # fmt: skip
                write_whole(self.folder / RESULTS, partial(write, rows))
                save(found, self.folder)
        return rows

    def _controls(self, found: lottery.Round, options: dict) -> dict[str, Sequence[lottery.Run]]:
        k, seeds = found.number, range(self.recipe.seeds)
        fresh = [self._fresh("again", seed, k) for seed in seeds]
        cases = [(m, lottery.snapshot(m), own) for m, own in zip(fresh, found.masks, strict=True)]
        for seed in seeds:
            drawn = lottery.random_masks(found.masks[seed], _generator("mask", seed, k))
            cases.append((self._fresh("again", seed, k), found.start[seed], drawn))
        models = [lottery.rewind(*case) for case in cases]
        order = [_generator("order", seed, k) for _ in KINDS[1:] for seed in seeds]  # the ticket's
        masks = [mask for _, _, mask in cases]
        runs, _ = lottery.train(models, masks, self.digits, generators=order, **options)
        return dict(zip(KINDS[1:], (runs[: len(seeds)], runs[len(seeds) :]), strict=True))

    def _fresh(self, what: str, seed: int, number: int = 0) -> nn.Sequential:
        return lottery.glorot(zoo.mlp(*self.recipe.sizes), _generator(what, seed, number))


def save(found: lottery.Round, folder: Path) -> None:
    """Keep a round in `folder`: its masks, and once what is rewound to. Whole or not at all."""
    start = folder / "start.safetensors"
    if found.number == 0:
        states = {f"{j}.{n}": t for j, state in enumerate(found.start) for n, t in state.items()}
        write_whole(start, lambda part: save_file(states, part))
    kept = {
        f"{kind} {j}.{name}": mask
        for kind, masks in (("masks", found.masks), ("pruned", found.pruned))
        for j, own in enumerate(masks)
        for name, mask in own.items()
    }
    told = {"runs": json.dumps([asdict(run) for run in found.runs])}
    path = folder / f"round_{found.number:02d}.safetensors"
    write_whole(path, lambda part: save_file(kept, part, metadata=told))


def load(folder: Path) -> lottery.Round | None:
    """The last round that `folder` holds; None if there is none."""
    paths = sorted(folder.glob("round_*.safetensors"))
    if not paths:
        return None
    kept, states = load_file(paths[-1]), load_file(folder / "start.safetensors")
    with safe_open(paths[-1], "pt") as file:
        told = json.loads(file.metadata()["runs"])

    def split(tensors: dict, start: str = "") -> list[dict]:
        found: dict[int, dict] = {}
        for key, tensor in tensors.items():
            if key.startswith(start):
                j, _, name = key.removeprefix(start).partition(".")
                found.setdefault(int(j), {})[name] = tensor
        return [found[j] for j in sorted(found)]

    return lottery.Round(
        number=int(paths[-1].stem.removeprefix("round_")),
        masks=tuple(Masks(own) for own in split(kept, "masks ")),
        runs=tuple(lottery.Run(**{k: tuple(v) for k, v in run.items()}) for run in told),
        pruned=tuple(Masks(own) for own in split(kept, "pruned ")),
        start=tuple(split(states)),
    )


def read(path: Path) -> list[Row]:
    """The rows of a results file. Raises OSError or ValueError when it can't be read."""
    kinds = (str, int, int, float, int, int)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Row(*(kind(v) for kind, v in zip(kinds, row, strict=True))) for row in rows]


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as CSV: kind, seed, round, left, iteration, errors."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Row.__dataclass_fields__)
        out.writerows(astuple(row) for row in rows)


def recorded() -> list[Row]:
    """The rows of the recorded full study that ships with the package (its card tells how)."""
    return read(data.SHIPPED.parent / "lottery_tickets.csv")


def _generator(what: str, seed: int, number: int) -> torch.Generator:
    # Numbers of a round's own, so that a study that was stopped goes on with the same.
    return torch.Generator().manual_seed(zlib.crc32(f"{what} {seed} {number}".encode()))


def main(argv: list[str] | None = None) -> int:
    """The command `greenlab study lottery`."""
    parser = argparse.ArgumentParser(
        prog="greenlab study lottery",
        description="Frankle & Carbin 2018: winning tickets and two controls, round after round. "
        "Minutes on a CPU. Stopped, it goes on where it was.",
    )
    usual = Recipe()
    parser.add_argument("--out", type=Path, default=Path("lottery"), help="folder (./lottery)")
    for name, what in (
        ("seeds", "networks of each kind"),
        ("rounds", "rounds of pruning"),
        ("iterations", "iterations of each training"),
        ("every", "iterations between looks at the validation loss"),
    ):
        default = getattr(usual, name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} ({default})")
    asked = vars(parser.parse_args(argv))
    folder = asked.pop("out")
    if min(asked.values()) < 1:
        parser.error("all numbers must be 1 or more")
    from greenlab import plots
    from greenlab.plots import lottery as figures

    plots.use_style()
    began = time.perf_counter()
    try:
        study = Study(folder, Recipe(**asked), show=True)
    except ValueError as error:
        parser.error(str(error))
    rows = study.run()
    figures.tickets(rows, len(study.digits.test[0]), save_as=folder / "tickets.png")
    print(f"{len(rows)} networks, {time.perf_counter() - began:.0f} s, {time.process_time():.0f} "
          f"CPU s; in {folder}/: {RESULTS}, tickets.png")  # fmt: skip
    return 0
