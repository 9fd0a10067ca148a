"""Many models at once against one by one: ratios within one run, on one CPU thread.

Ten networks, Adam, rows in each model's own order. The rivals take turns, so that a busy machine
is unfair to none; the figures are medians of CPU seconds (a process's own: what others do on the
machine counts less), without building the networks.

- `plain`: one after the other by the usual loop: `model(x[rows])`, torch's Adam as it comes.
- `fit`: one after the other by greenlab.train.fit, which is faster than the usual loop.
- `together`: greenlab.together.fit as it chooses; `shared`: the same with one order for all.
- `1`, `2`, `5`, `10`: side by side as many as that: why together.CACHED_WEIGHTS is what it is.

Compare within one run, never between runs. Example:

    python tests/benchmarks/stack.py --passes 7
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import data, together, train, zoo

K, LR = 10, 1.2e-3
Make = Callable[[int], nn.Module]
Pairs = tuple[Tensor, Tensor]


def seeded(seed: int) -> torch.Generator:
    """A generator with this seed."""
    return torch.Generator().manual_seed(seed)


def conv(seed: int) -> nn.Module:
    """A small convolutional network."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 8, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


def mlp(*sizes: int, dropout: float = 0.0) -> Make:
    """How to make a ReLU network of these sizes from a seed."""
    return lambda seed: zoo.mlp(*sizes, dropout=dropout, generator=seeded(seed))


def plain(models: list[nn.Module], pairs: Pairs, batch: int) -> None:
    """The usual loop, one model after the other."""
    x, y = pairs
    for seed, model in enumerate(models):
        optimizer = torch.optim.Adam(model.parameters(), lr=LR)
        for rows in torch.randperm(len(x), generator=seeded(seed)).split(batch):
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()


def fit(models: list[nn.Module], pairs: Pairs, batch: int) -> None:
    """`train.fit`, one model after the other."""
    for seed, model in enumerate(models):
        train.fit(model, pairs, epochs=1, batch=batch, lr=LR, generator=seeded(seed))


def at_once(side_by_side: int | None = None, shared: bool = False) -> Callable:
    """`together.fit`, so many side by side."""

    def run(models: list[nn.Module], pairs: Pairs, batch: int) -> None:
        generators = seeded(0) if shared else [seeded(seed) for seed in range(len(models))]
        together.fit(models, pairs, epochs=1, batch=batch, lr=LR, generators=generators,
                     side_by_side=side_by_side)  # fmt: skip

    return run


RIVALS = {
    "plain": plain,
    "fit": fit,
    "together": at_once(),
    "shared": at_once(shared=True),
    **{str(n): at_once(n) for n in (1, 2, 5, 10)},
}


def seconds(make: Make, pairs: Pairs, batch: int, passes: int) -> dict[str, float]:
    """Median CPU seconds of each rival, taking turns, after one untimed turn."""
    took: dict[str, list[float]] = {name: [] for name in RIVALS}
    for turn in range(passes + 1):
        for name, run in RIVALS.items():
            models = [make(seed) for seed in range(K)]
            began = time.process_time()
            run(models, pairs, batch)
            if turn:
                took[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in took.items()}


def main(argv: list[str] | None = None) -> None:
    """Print, for each kind of network, how many times faster than `plain` and `fit`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passes", type=int, default=5, help="timed passes of each rival (5)")
    parser.add_argument("--digits", type=int, default=4000, help="digits in a pass (4000)")
    args = parser.parse_args(argv)
    if args.passes < 1 or args.digits < 1:
        parser.error("--passes and --digits must be 1 or more")
    torch.set_num_threads(1)
    split = data.mnist()
    print(f"torch {torch.__version__}, {K} models, 1 thread, CPU seconds of one epoch")
    for name, make, batch, share in (
        ("LeNet-300-100", mlp(784, 300, 100, 10), 60, 1),
        ("784-32-10", mlp(784, 32, 10), 60, 1),
        ("784-32-10", mlp(784, 32, 10), 200, 1),
        ("784-300-10", mlp(784, 300, 10), 60, 1),
        ("784-100-100-10", mlp(784, 100, 100, 10), 200, 1),
        ("784-800-800-10", mlp(784, 800, 800, 10), 100, 4),
        ("784-32-10 with dropout", mlp(784, 32, 10, dropout=0.2), 60, 1),
        ("a small conv net", conv, 60, 8),
    ):
        rows = max(1, args.digits // share)
        pairs = split.train_x[:rows], split.train_y[:rows]
        took = seconds(make, pairs, batch, args.passes)
        print(f"{name}, {rows:,} digits, batch {batch}")
        for rival, value in took.items():
            print(
                f"  {rival:<9} {value:7.3f} s   {took['plain'] / value:5.2f} times as fast as plain"
                f"   {took['fit'] / value:5.2f} as fit",
                flush=True,
            )


if __name__ == "__main__":
    main()
