"""Where does pruning pay when the network runs? One layer and the shipped LeNets, all forms.

For each layer, batch and sparsity: microseconds and joules a call of dense, masked dense, CSR
(scipy, torch), slim dense and int8, and the time against dense (the median of the rounds, all forms
taking turns; from the lowest to the highest). Then the sparsity from which on each CSR form is
faster. Slim dense has as many parameters as the pruned form keeps; it is another network, and its
accuracy another matter. Joules are what this machine's meter says: mostly an estimate from CPU
seconds, which then says no more than the time does.

Compare within one run, never between runs. Examples:

    python tests/benchmarks/deploy.py
    python tests/benchmarks/deploy.py --layers 784x300 4096x4096 --batches 1 256 --figure deploy.png
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from greenlab import data, deploy, forms, plots, train, zoo
from greenlab.deploy import Timing
from greenlab.masks import Masks, weights
from greenlab.plots import pruning as figures

HEAD = f"  {'form':<14}{'pruned':>8}{'us':>11}{'mJ':>10}   time against dense"


def line(timing: Timing) -> str:
    """One form's numbers."""
    joules = timing.reading.interval
    energy = "?" if joules is None else f"{1e3 * joules.best:.3g}"
    low, high = min(timing.ratios), max(timing.ratios)
    return (
        f"  {timing.form:<14}{100 * timing.sparsity:7.0f}%{1e6 * timing.seconds:11.1f}{energy:>10}"
        f"   {timing.ratio:.2f} ({low:.2f} to {high:.2f})"
    )


def layer(
    inputs: int, outputs: int, batch: int, sparsities: Sequence[float], **options: float
) -> list[Timing]:
    """Print one layer's table and its break-evens."""
    generator = torch.Generator().manual_seed(0)
    timings = deploy.sweep(inputs, outputs, sparsities, batch, generator, **options)
    print(f"{inputs}x{outputs}, batch {batch}; joules {timings[0].reading.method}")
    print(HEAD)
    for timing in timings:
        print(line(timing), flush=True)
    for form in ("scipy CSR", "torch CSR"):
        ratios = [t.ratio for t in timings if t.form == form]
        even = deploy.break_even(sparsities, ratios)
        print(f"  {form} breaks even at {'none measured' if even is None else f'{even:.1%}'}")
    return timings


def network(name: str, split: data.Split, batch: int, **options: float) -> None:
    """Print a shipped pruned network's table: time and errors of each form."""
    model = zoo.load(name)
    masks = Masks({key: w != 0 for key, w in weights(model).items()})
    made = forms.forms(model, masks, (1, 784))
    made.pop("slim dense", None)  # untrained, its errors say nothing
    print(f"{name}, batch {batch}, density {masks.density:.1%}")
    print(HEAD)
    timings = deploy.measure(made, split.test_x[:batch], 1 - masks.density, **options)
    for timing in timings:
        errors = train.errors(made[timing.form], split.test_x, split.test_y)
        print(f"{line(timing)}, {errors} errors", flush=True)


def main(argv: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layers", nargs="+", default=["784x300"], help="inputs x outputs")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 256], help="(1 256)")
    parser.add_argument(
        "--sparsities", nargs="+", type=float, default=[0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98]
    )
    parser.add_argument("--seconds", type=float, default=0.1, help="a form and round (0.1)")
    parser.add_argument("--rounds", type=int, default=5, help="of all forms in turn (5)")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw it (the first layer)")
    args = parser.parse_args(argv)
    if args.rounds < 1 or not args.seconds > 0 or min(args.batches) < 1:
        parser.error("--rounds and --batches must be 1 or more, --seconds above 0")
    options = {"seconds": args.seconds, "rounds": args.rounds}
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, 1 thread")
    drawn: list[Timing] = []
    for i, size in enumerate(args.layers):
        inputs, outputs = map(int, size.split("x"))
        for batch in args.batches:
            timings = layer(inputs, outputs, batch, sorted(args.sparsities), **options)
            drawn += timings if i == 0 else []
    split = data.mnist()
    for name in ("lenet_300_100_12x", "lenet5_12x"):
        for batch in args.batches:
            network(name, split, batch, **options)
    if args.figure:
        plots.use_style()
        figures.runtime(drawn, f"{args.layers[0].replace('x', '×')},").savefig(args.figure)


if __name__ == "__main__":
    main()
