"""What do the stack and sparse training save in the pruning study? Against the plain version.

Plain is what one would write with PyTorch alone: `torch.nn.utils.prune`, a `DataLoader`, the usual
loop, one network after the other. Both run the same recipe of the trade-off study (L1 and L2
networks trained dense, pruned to each density and retrained, L2 iteratively), with fewer epochs and
levels, so that it takes minutes; the time of each part is printed, and beside the DataLoader's also
that of the plain loop over tensors in memory.

Compare within one run, never between runs. Example:

    python tests/benchmarks/pruning.py --epochs 2 --seeds 3
"""

from __future__ import annotations

import argparse
import copy
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import prune as torch_prune
from torch.utils.data import DataLoader, TensorDataset

from greenlab import data, prune, prune_sparse, prune_together, train, zoo
from greenlab.tradeoff import Recipe, Study

Pairs = tuple[Tensor, Tensor]


def linears(model: nn.Module) -> list[nn.Linear]:
    """The layers that are pruned."""
    return [m for m in model.modules() if isinstance(m, nn.Linear)]


def in_memory(x: Tensor, y: Tensor, batch: int) -> Iterator[Pairs]:
    """One epoch of shuffled batches, without a DataLoader."""
    for rows in torch.randperm(len(x)).split(batch):
        yield x[rows], y[rows]


def plain_fit(
    model: nn.Module, pairs: Pairs, epochs: int, lr: float, recipe: Recipe, penalty: str, fast: bool
) -> None:
    """The usual training loop, with the penalty in the loss."""
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loader = DataLoader(TensorDataset(*pairs), batch_size=recipe.batch, shuffle=True)
    for _ in range(epochs):
        for x, y in in_memory(*pairs, recipe.batch) if fast else loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            for layer in linears(model):
                if penalty == "l1":
                    loss = loss + recipe.l1 * layer.weight.abs().sum()
                else:
                    loss = loss + recipe.l2 / 2 * layer.weight.pow(2).sum()
            loss.backward()
            optimizer.step()


def plain_errors(model: nn.Module, test: Pairs) -> int:
    """Test errors, in one pass."""
    model.eval()
    with torch.no_grad():
        return int((model(test[0]).argmax(1) != test[1]).sum())


def plain_prune(model: nn.Module, density: float) -> None:
    """Prune each layer by magnitude to a share of all its weights, on top of what is pruned."""
    for layer in linears(model):
        done = 1.0
        if torch_prune.is_pruned(layer):
            done = float(layer.weight_mask.mean())
        torch_prune.l1_unstructured(layer, "weight", 1 - min(1.0, density / done))


def plain_study(recipe: Recipe, pairs: Pairs, test: Pairs, fast: bool) -> dict[str, list[int]]:
    """The whole study, one network after the other; errors by line."""
    found: dict[str, list[int]] = {}
    for seed in range(recipe.seeds):
        for penalty in ("l1", "l2"):
            torch.manual_seed(seed)
            model = zoo.mlp(*recipe.sizes)
            plain_fit(model, pairs, recipe.dense_epochs, recipe.lr, recipe, penalty, fast)
            plain_fit(model, pairs, recipe.cool, recipe.lr / 10, recipe, penalty, fast)
            iterative = copy.deepcopy(model)
            for density in recipe.densities:
                once = copy.deepcopy(model)
                plain_prune(once, density)
                name = penalty.upper()
                found.setdefault(f"{name} no retrain", []).append(plain_errors(once, test))
                plain_fit(once, pairs, recipe.epochs, recipe.lr, recipe, penalty, fast)
                found.setdefault(f"{name} retrain", []).append(plain_errors(once, test))
                if penalty == "l2":
                    plain_prune(iterative, density)
                    plain_fit(iterative, pairs, recipe.epochs, recipe.lr, recipe, penalty, fast)
                    found.setdefault("L2 iterative", []).append(plain_errors(iterative, test))
    return found


def study(recipe: Recipe, workers: int) -> dict[str, list[int]]:
    """The same by `greenlab.tradeoff`, files, processes and all; errors by line."""
    found: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for row in Study(Path(folder), recipe, workers=workers).run():
            found.setdefault(row.line, []).append(row.errors)
    return found


def seconds(work: Callable[[], object]) -> tuple[float, float, object]:
    """Seconds on the clock and of the CPU (this process and those it started), what it returned."""
    began, cpu = time.perf_counter(), _cpu()
    result = work()
    return time.perf_counter() - began, _cpu() - cpu, result


def _cpu() -> float:
    return sum(os.times()[:4])


def by_density(pairs: Pairs, recipe: Recipe, epochs: int) -> None:
    """Print CPU milliseconds a network and epoch, by density and way of training."""
    print("Retraining, CPU ms a network and epoch, 3 networks (the best of 3)")
    print("  density   DataLoader   in memory   train.fit   stack   sparse")
    models = [zoo.mlp(*recipe.sizes, generator=torch.Generator().manual_seed(s)) for s in range(3)]
    for density in (0.6, 0.3, 0.2, 0.15, 0.1, 0.05, 0.02):
        masks = [prune.by_magnitude(m, density) for m in models]

        def plain(fast: bool, density: float = density) -> None:
            for model in copy.deepcopy(models):
                plain_prune(model, density)
                plain_fit(model, pairs, epochs, recipe.lr, recipe, "l2", fast)

        def generators() -> list[torch.Generator]:
            return [torch.Generator().manual_seed(s) for s in range(3)]

        def each(how: object, masks: list = masks) -> None:
            for m, k, g in zip(copy.deepcopy(models), masks, generators(), strict=True):
                how(m, k, g)

        def fit(m: nn.Module, k: prune.Masks, g: torch.Generator) -> None:
            prune.retrain(m, k, pairs, prune.penalized(m, l2=recipe.l2), epochs=epochs, generator=g)

        def all_at_once(module: object, masks: list = masks) -> None:
            options = {"epochs": epochs, "generators": generators(), "l2": recipe.l2}
            module.retrain(copy.deepcopy(models), masks, pairs, **options)

        ways = (lambda: plain(False), lambda: plain(True), lambda: each(fit),
                lambda: all_at_once(prune_together), lambda: all_at_once(prune_sparse))  # fmt: skip
        best = [min(seconds(way)[1] for _ in range(3)) for way in ways]
        cells = "".join(f"{1000 * s / 3 / epochs:12.0f}" for s in best)
        print(f"  {density:7.2f}{cells}", flush=True)


def main(argv: list[str] | None = None) -> None:
    """Run it and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=1, help="of retraining a level (1; full: 6)")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind (3)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of each process (1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument("--levels", action="store_true", help="first, each way by density")
    args = parser.parse_args(argv)
    if min(args.epochs, args.seeds, args.threads, args.workers) < 1:
        parser.error("--epochs, --seeds, --threads and --workers must be 1 or more")
    torch.set_num_threads(args.threads)
    full = Recipe()
    share = args.epochs / full.epochs
    recipe = replace(
        full,
        seeds=args.seeds,
        epochs=args.epochs,
        dense_epochs=max(1, round(share * full.dense_epochs)),
        cool=max(1, round(share * full.cool)),
    )
    split = data.mnist()
    pairs, test = (split.train_x, split.train_y), (split.test_x, split.test_y)
    train.errors(zoo.mlp(*recipe.sizes), *test)  # warm
    print(f"torch {torch.__version__}, {args.threads} thread(s), {os.cpu_count()} cores")
    if args.levels:
        by_density(pairs, recipe, 1)
    print(
        f"The study: {args.seeds} seeds, {len(recipe.densities)} levels, {recipe.dense_epochs} + "
        f"{recipe.cool} dense epochs, {recipe.epochs} a level"
    )
    took: list[tuple[float, float]] = []
    for name, work in (
        (f"greenlab, {args.workers} processes", lambda: study(recipe, args.workers)),
        ("greenlab", lambda: study(recipe, 1)),
        ("plain, DataLoader", lambda: plain_study(recipe, pairs, test, fast=False)),
        ("plain, in memory", lambda: plain_study(recipe, pairs, test, fast=True)),
    ):
        clock, cpu, errors = seconds(work)
        took.append((clock, cpu))
        mean = sum(errors["L2 iterative"]) / len(errors["L2 iterative"])
        print(
            f"  {name:<21} {clock:7.1f} s, {cpu:7.1f} CPU s, {clock / took[0][0]:.2f}x "
            f"({cpu / took[0][1]:.2f}x CPU); L2 iterative {mean:.0f} errors on average",
            flush=True,
        )


if __name__ == "__main__":
    main()
