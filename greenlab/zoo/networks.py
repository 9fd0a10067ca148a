"""Networks as plain `nn.Sequential`s. Sizes are checked against the papers' counts."""

from __future__ import annotations

from itertools import pairwise
from numbers import Integral

import torch
from torch import nn


def mlp(
    *sizes: int, dropout: float = 0.0, generator: torch.Generator | None = None
) -> nn.Sequential:
    """A fully connected ReLU network, `mlp(784, 300, 100, 10)`; dropout after each hidden layer.

    Weights and biases start as PyTorch's `nn.Linear` does, U(±1/√fan_in), drawn from
    `generator` when one is given. Input (n, sizes[0]), output logits (n, sizes[-1]).
    Raises ValueError for fewer than two sizes, one below 1 or not a whole number.
    """
    if len(sizes) < 2 or not all(isinstance(size, Integral) and size > 0 for size in sizes):
        raise ValueError(f"mlp needs two or more positive sizes, whole numbers, got {sizes}")
    layers: list[nn.Module] = []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        if i:
            layers.append(nn.ReLU())
            if dropout:
                layers.append(nn.Dropout(dropout))
        layers.append(nn.Linear(fan_in, fan_out))
    model = nn.Sequential(*layers)
    if generator is not None:
        with torch.no_grad():
            for layer in model:
                if isinstance(layer, nn.Linear):
                    bound = layer.in_features**-0.5
                    layer.weight.uniform_(-bound, bound, generator=generator)
                    layer.bias.uniform_(-bound, bound, generator=generator)
    return model


def lenet_300_100(generator: torch.Generator | None = None) -> nn.Sequential:
    """LeNet-300-100 (LeCun 1998; Han 2015, Frankle 2018): 266,610 parameters."""
    return mlp(784, 300, 100, 10, generator=generator)


def lenet5() -> nn.Sequential:
    """LeNet-5 as Caffe ships it (Han 2015, Table 4): 431,080 parameters, input (n, 784)."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 20, 5),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 500),
        nn.ReLU(),
        nn.Linear(500, 10),
    )


def _convs(channels: int, *plan: int) -> list[nn.Module]:
    # 3×3 convolutions with ReLU; a 0 in the plan is a 2×2 max-pooling.
    layers: list[nn.Module] = []
    for width in plan:
        if width == 0:
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
    return layers


def _conv_n(blocks: int) -> nn.Sequential:
    widths = (64, 128, 256)[:blocks]
    plan = [step for width in widths for step in (width, width, 0)]
    side = 32 // 2**blocks
    return nn.Sequential(
        *_convs(3, *plan),
        nn.Flatten(),
        nn.Linear(widths[-1] * side * side, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )


def conv2() -> nn.Sequential:
    """Conv-2 of Frankle & Carbin 2018 (Figure 2), input (n, 3, 32, 32): 4.3M weights."""
    return _conv_n(1)


def conv4() -> nn.Sequential:
    """Conv-4 of Frankle & Carbin 2018 (Figure 2), input (n, 3, 32, 32): 2.4M weights."""
    return _conv_n(2)


def conv6() -> nn.Sequential:
    """Conv-6 of Frankle & Carbin 2018 (Figure 2), input (n, 3, 32, 32): 2.3M weights.

    The paper prints 1.7M; the layers that it lists have 2,261,184.
    """
    return _conv_n(3)


def alexnet() -> nn.Sequential:
    """AlexNet, single tower (Krizhevsky 2014), for counting: 61,100,840 parameters on meta."""
    with torch.device("meta"):
        return nn.Sequential(
            nn.Conv2d(3, 64, 11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            *_convs(192, 384, 256, 256),
            nn.MaxPool2d(3, 2),
            nn.Flatten(),
            nn.Dropout(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, 1000),
        )


def vgg16() -> nn.Sequential:
    """VGG-16 (Simonyan & Zisserman 2014, D), for counting: 138,357,544 parameters on meta."""
    plan = [64, 64, 0, 128, 128, 0, *[256] * 3, 0, *[512] * 3, 0, *[512] * 3, 0]
    with torch.device("meta"):
        return nn.Sequential(
            *_convs(3, *plan),
            nn.Flatten(),
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 1000),
        )


def count_parameters(model: nn.Module, biases: bool = True) -> int:
    """How many parameters `model` has, with or without those named `bias`."""
    return sum(
        p.numel() for name, p in model.named_parameters() if biases or not name.endswith("bias")
    )
