"""How long does `greenlab.flops.count` take? Milliseconds a network, in one run.

For each network of the zoo: multiply-adds forward and backward; then the medians of `count`
forward, of `count` with backward, of PyTorch's bare FlopCounterMode on the same meta network
(forward, totals alone), and of one real forward pass on the CPU, which `count` spares.

Compare within one run, never between runs. Example:

    python tests/benchmarks/flops.py --repeats 5 --networks vgg16 resnet50
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from greenlab import zoo
from greenlab.flops import count

IMAGE, DIGIT = (1, 3, 224, 224), (1, 784)
SHAPES = {
    "lenet_300_100": DIGIT,
    "lenet5": DIGIT,
    "alexnet": IMAGE,
    "vgg16": IMAGE,
    "resnet18": IMAGE,
    "resnet50": IMAGE,
    "resnext50": IMAGE,
}


def median_ms(call: Callable[[], object], repeats: int) -> float:
    """Median milliseconds of a call, after one untimed."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times[1:])


def with_values(model: nn.Module) -> nn.Module:
    """The network on the CPU with some weights: what memory happens to hold may be slow."""
    model.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            tensor.fill_(0.01)
    return model


def bare(model: nn.Module, x: torch.Tensor) -> None:
    """PyTorch's counter alone."""
    with torch.no_grad(), FlopCounterMode(display=False):
        model(x)


def main(argv: list[str] | None = None) -> None:
    """Count and time each network and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5, help="timed calls of each (5)")
    parser.add_argument("--networks", nargs="+", choices=SHAPES, default=list(SHAPES))
    args = parser.parse_args(argv)
    if args.repeats < 1:
        parser.error("--repeats must be 1 or more")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} CPU threads, "
          f"median of {args.repeats}, ms")  # fmt: skip
    print(f"{'network':<14}{'forward MACs':>16}{'backward MACs':>16}"
          f"{'count':>8}{'+back':>8}{'bare':>8}{'real':>8}")  # fmt: skip
    for name in args.networks:
        ghost, shape = getattr(zoo, name)().eval().to("meta"), SHAPES[name]
        real = with_values(getattr(zoo, name)().eval())
        x, real_x = torch.empty(shape, device="meta"), torch.zeros(shape)
        cost = count(ghost, shape, backward=True)
        with torch.no_grad():
            took = [
                median_ms(call, args.repeats)
                for call in (
                    lambda ghost=ghost, shape=shape: count(ghost, shape),
                    lambda ghost=ghost, shape=shape: count(ghost, shape, backward=True),
                    lambda ghost=ghost, x=x: bare(ghost, x),
                    lambda real=real, x=real_x: real(x),
                )
            ]
        print(f"{name:<14}{cost.forward_macs:>16,}{cost.backward_macs:>16,}"
              + "".join(f"{ms:8.1f}" for ms in took))  # fmt: skip


if __name__ == "__main__":
    main()
