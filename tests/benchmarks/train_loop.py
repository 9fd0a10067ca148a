"""How fast is `greenlab.train.fit`? Seconds a pass beside the usual DataLoader loops, in one run.

Adam, one CPU thread, LeNet-300-100 (and the distillation lab's student). The rivals:

- `tutorial`: what most tutorials write: a Dataset of 8-bit images, each made a picture and then
  a float tensor when asked for (torchvision's MNIST with ToTensor does the same steps),
  DataLoader(shuffle=True), plain Adam, loss.item() after every batch; then the test errors.
- `tensors`: the same loop over a TensorDataset of ready float tensors, without the test errors.
- `fit + errors` and `fit`: greenlab.train.fit, with and without the test errors.

All take turns, pass by pass, so that a busy machine is unfair to none; the figures are medians.
The last table is the reason for `train.SMALL_BATCH_MACS`: one CPU thread against two.

Compare within one run, never between runs. Example:

    python tests/benchmarks/train_loop.py --passes 7
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from greenlab import data, train, zoo

Pass = Callable[[], object]
Pairs = tuple[Tensor, Tensor]
LR = 1.2e-3


class Images(Dataset):
    """8-bit images and their classes; each becomes a float tensor when it is asked for."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.images = (x * 255).round().to(torch.uint8).numpy().reshape(-1, 28, 28)
        self.labels = y.tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[i])
        image = torch.from_numpy(np.array(picture, np.uint8, copy=True))
        image = image.view(picture.size[1], picture.size[0], 1).permute(2, 0, 1).contiguous()
        return image.to(torch.get_default_dtype()).div(255), self.labels[i]


def usual_loop(model: nn.Module, train_set: Dataset, test_set: Dataset | None, batch: int) -> Pass:
    """One pass of the loop that tutorials teach, then the errors on `test_set` if there is one."""
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    loader = DataLoader(train_set, batch_size=batch, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=1000) if test_set else ()
    criterion = nn.CrossEntropyLoss()

    def one_pass() -> tuple[float, int]:
        model.train()
        running, wrong = 0.0, 0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x.flatten(1)), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        model.eval()
        with torch.no_grad():
            for x, y in test_loader:
                wrong += (model(x.flatten(1)).argmax(1) != y).sum().item()
        return running, wrong

    return one_pass


def fit_loop(model: nn.Module, pairs: Pairs, test: Pairs | None, batch: int) -> Pass:
    """One pass of `greenlab.train.fit`, as a lab calls it."""
    generator = torch.Generator().manual_seed(0)
    return lambda: train.fit(
        model, pairs, epochs=1, batch=batch, lr=LR, generator=generator, test=test
    )


def medians(passes: dict[str, Pass], repeats: int) -> dict[str, float]:
    """Median seconds of each, taking turns, after one untimed turn."""
    seconds: dict[str, list[float]] = {name: [] for name in passes}
    for turn in range(repeats + 1):
        for name, one_pass in passes.items():
            began = time.perf_counter()
            one_pass()
            if turn:
                seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in seconds.items()}


def compare_loops(
    name: str, sizes: tuple[int, ...], batch: int, pairs: Pairs, test: Pairs, repeats: int
) -> None:
    """Print seconds a pass of the loops, and how many times longer than fit each takes."""
    torch.set_num_threads(1)

    def fresh() -> nn.Module:
        return zoo.mlp(*sizes, generator=torch.Generator().manual_seed(0))

    passes = {
        "tutorial": usual_loop(fresh(), Images(*pairs), Images(*test), batch),
        "fit + errors": fit_loop(fresh(), pairs, test, batch),
        "tensors": usual_loop(fresh(), TensorDataset(*pairs), None, batch),
        "fit": fit_loop(fresh(), pairs, None, batch),
    }
    took = medians(passes, repeats)
    print(f"{name}, {len(pairs[0]):,} digits, batch {batch}, 1 thread, median of {repeats} passes")
    for kind, seconds in took.items():
        print(f"  {kind:<12} {1000 * seconds:7.0f} ms a pass")
    print(f"  tutorial / (fit + errors): {took['tutorial'] / took['fit + errors']:.2f}x")
    print(f"  tensors / fit:             {took['tensors'] / took['fit']:.2f}x")


def compare_threads(pairs: Pairs, batches: tuple[int, ...], repeats: int) -> None:
    """Print seconds a pass with one thread and with two, and which of them fit would choose."""
    print(f"One thread against two, ms a pass over {len(pairs[0]):,} digits")
    print("  student   batch   million MACs   1 thread   2 threads   fit takes")
    chosen = train.SMALL_BATCH_MACS
    for widths in ((30, 30), (100, 100), (300, 100), (300, 300)):
        for batch in batches:
            model = zoo.mlp(784, *widths, 10, generator=torch.Generator().manual_seed(0))
            one_pass = fit_loop(model, pairs, None, batch)

            def with_threads(n: int, one_pass: Pass = one_pass) -> None:
                torch.set_num_threads(n)
                one_pass()

            train.SMALL_BATCH_MACS = 0  # take what torch is set to
            took = medians({str(n): lambda n=n: with_threads(n) for n in (1, 2)}, repeats)
            train.SMALL_BATCH_MACS = chosen
            macs = batch * zoo.count_parameters(model)
            takes = "1 thread" if macs < chosen else "what setup says"
            print(
                f"  {'-'.join(map(str, widths)):<9} {batch:5d} {macs / 1e6:14.1f} "
                f"{1000 * took['1']:10.0f} {1000 * took['2']:11.0f}   {takes}"
            )
    torch.set_num_threads(1)


def main(argv: list[str] | None = None) -> None:
    """Run both comparisons and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passes", type=int, default=7, help="timed passes of each loop (7)")
    parser.add_argument("--digits", type=int, default=8000, help="training digits to use (8000)")
    parser.add_argument("--batch", type=int, default=60, help="batch of the first table (60)")
    args = parser.parse_args(argv)
    split = data.mnist()
    pairs = (split.train_x[: args.digits], split.train_y[: args.digits])
    test = (split.test_x[: args.digits], split.test_y[: args.digits])
    if args.passes < 1 or args.digits < 1 or args.batch < 1:
        parser.error("--passes, --digits and --batch must be 1 or more")
    print(f"torch {torch.__version__}, numpy {np.__version__}")
    for name, sizes, batch in (
        ("LeNet-300-100", (784, 300, 100, 10), args.batch),
        ("student 100-100", (784, 100, 100, 10), 200),
    ):
        compare_loops(name, sizes, batch, pairs, test, args.passes)
    compare_threads(pairs, (60, 200), args.passes)


if __name__ == "__main__":
    main()
