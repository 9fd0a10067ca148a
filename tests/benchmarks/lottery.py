"""What does the stack save in the lottery ticket study? Against the plain version, in one run.

Plain is what one would write with PyTorch alone: `torch.nn.utils.prune`, a `DataLoader`, the usual
loop, one network after the other, the validation loss and test errors every so many iterations.
Both run the same recipe: iterative rounds, a reinitialized and a random control in each. Its time
over tensors in memory, without the DataLoader, is printed beside. With `--levels` first: CPU
milliseconds of an iteration, masked dense and in sparse form, by round: why
stack_sparse.SPARSE_BELOW is what it is.

Compare within one run, never between runs. Example:

    python tests/benchmarks/lottery.py --levels --rounds 20 --iterations 100 --repeats 1
"""

from __future__ import annotations

import argparse
import copy
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import prune as torch_prune
from torch.utils.data import DataLoader, TensorDataset

from greenlab import lottery, together, train, zoo
from greenlab.stack import stack
from greenlab.stack_sparse import Sparse
from greenlab.tickets import Recipe, Study

Seen = list[tuple[int, float, int]]


def batches(pairs: tuple[Tensor, Tensor], batch: int, fast: bool) -> Iterator[tuple]:
    """Shuffled batches without end, by a DataLoader or from memory."""
    x, y = pairs
    loader = DataLoader(TensorDataset(x, y), batch_size=batch, shuffle=True)
    while True:
        if fast:
            for rows in torch.randperm(len(x)).split(batch):
                yield x[rows], y[rows]
        else:
            yield from loader


def plain_train(model: nn.Module, digits: lottery.Digits, recipe: Recipe, fast: bool) -> Seen:
    """The usual loop; (iteration, validation loss, test errors) as it goes."""
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.lr)
    source, seen = batches(digits.train, recipe.batch, fast), []
    for i in range(1, recipe.iterations + 1):
        x, y = next(source)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        if i % recipe.every == 0:
            with torch.no_grad():
                loss = F.cross_entropy(model(digits.validation[0]), digits.validation[1]).item()
                wrong = (model(digits.test[0]).argmax(1) != digits.test[1]).sum().item()
            seen.append((i, loss, wrong))
    return seen


def plain_round(model: nn.Module, recipe: Recipe) -> None:
    """Prune a share of what is left of each layer, half of it in the last."""
    layers = list(model[::2])
    for layer in layers:
        amount = recipe.rate / 2 if layer is layers[-1] else recipe.rate
        torch_prune.l1_unstructured(layer, "weight", amount)


def plain_rewind(model: nn.Module, start: nn.Module, masked: nn.Module, shuffled: bool) -> None:
    """Put the weights of `start` into `model`, pruned as `masked` is, or at random places."""
    for layer, first, like in zip(model[::2], start[::2], masked[::2], strict=True):
        layer.load_state_dict(first.state_dict())
        if torch_prune.is_pruned(like):
            mask = like.weight_mask
            if shuffled:
                mask = mask.flatten()[torch.randperm(mask.numel())].view(mask.shape)
            torch_prune.custom_from_mask(layer, "weight", mask)


def plain_study(recipe: Recipe, digits: lottery.Digits, fast: bool) -> list[int]:
    """The whole study, one network after the other; the tickets' test errors at early stop."""
    found = []
    for seed in range(recipe.seeds):
        torch.manual_seed(seed)

        def fresh() -> nn.Module:
            return lottery.glorot(zoo.mlp(*recipe.sizes), torch.default_generator)

        start = fresh()
        model = copy.deepcopy(start)
        for number in range(recipe.rounds + 1):
            seen = plain_train(model, digits, recipe, fast)
            found.append(min(seen, key=lambda each: each[1])[2])
            if number:
                for first, shuffled in ((fresh(), False), (start, True)):
                    control = fresh()
                    plain_rewind(control, first, model, shuffled)
                    plain_train(control, digits, recipe, fast)
            if number < recipe.rounds:
                plain_round(model, recipe)
                trained, model = model, fresh()
                plain_rewind(model, start, trained, shuffled=False)
    return found


def study(recipe: Recipe) -> list[int]:
    """The same by `greenlab.tickets`, files and all."""
    with tempfile.TemporaryDirectory() as folder:
        return [r.errors for r in Study(Path(folder), recipe).run() if r.kind == "ticket"]


def by_round(recipe: Recipe, digits: lottery.Digits) -> None:
    """Print CPU ms of an iteration of one network, `seeds` side by side, the best of 3."""
    print("  round   weights left   masked dense   sparse   (CPU ms an iteration and network)")
    for number in (0, 4, 5, 6, 7, 9, 12, 15, 20):
        models = [zoo.mlp(*recipe.sizes) for _ in range(recipe.seeds)]
        masks = [lottery.one_shot(model, number, recipe.rate) for model in models]
        took = {stack: [], Sparse: []}
        for _ in range(3):
            for kind, times in took.items():
                generators = [torch.Generator().manual_seed(seed) for seed in range(len(models))]
                running = together.steps(
                    kind(models, masks), digits.train, generators=generators, batch=recipe.batch
                )
                began = time.process_time()
                for _ in range(20):
                    next(running)
                times.append(1000 * (time.process_time() - began) / 20 / len(models))
        dense, sparse = (min(times) for times in took.values())
        print(f"  {number:5d} {masks[0].density:14.1%} {dense:14.2f} {sparse:8.2f}", flush=True)


def main(argv: list[str] | None = None) -> None:
    """Run it and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2, help="rounds of pruning (2; full: 20)")
    parser.add_argument("--iterations", type=int, default=200, help="a training (200; full: 1000)")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind (3)")
    parser.add_argument("--rate", type=float, default=0.2, help="pruned in a round (0.2)")
    parser.add_argument("--levels", action="store_true", help="first, dense and sparse by round")
    parser.add_argument("--repeats", type=int, default=2, help="turns of each version (2)")
    args = parser.parse_args(argv)
    if min(args.rounds, args.iterations, args.seeds, args.repeats) < 1:
        parser.error("all numbers must be 1 or more")
    torch.set_num_threads(1)
    recipe = Recipe(args.seeds, args.rounds, args.iterations, min(50, args.iterations), args.rate)
    with tempfile.TemporaryDirectory() as folder:
        digits = Study(Path(folder), recipe).digits
    model = zoo.mlp(*recipe.sizes)
    train.errors(model, *digits.test)  # warm; torch's first optimizer takes seconds to import
    torch.optim.Adam(model.parameters())
    print(f"torch {torch.__version__}, 1 thread; {recipe}")
    if args.levels:
        by_round(recipe, digits)
    for _ in range(args.repeats):
        base = None
        for name, work in (
            ("greenlab", lambda: study(recipe)),
            ("plain, in memory", lambda: plain_study(recipe, digits, fast=True)),
            ("plain, DataLoader", lambda: plain_study(recipe, digits, fast=False)),
        ):
            began, cpu = time.perf_counter(), time.process_time()
            errors = work()
            clock, cpu = time.perf_counter() - began, time.process_time() - cpu
            base = base or (clock, cpu)
            mean = sum(errors) / len(errors)
            print(
                f"  {name:<18} {clock:7.1f} s ({clock / base[0]:.2f}x), {cpu:7.1f} CPU s "
                f"({cpu / base[1]:.2f}x); tickets' errors {mean:.0f} on average",
                flush=True,
            )


if __name__ == "__main__":
    main()
