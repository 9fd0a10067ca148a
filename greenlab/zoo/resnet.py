"""Residual networks (He et al. 2015; ResNeXt, Xie et al. 2016), for counting: on meta."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """ReLU(body(x) + x), Equation 1; where the shape changes x goes through a 1×1 convolution."""

    def __init__(self, body: nn.Sequential, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.body = body
        same = stride == 1 and channels == out
        self.shortcut = nn.Identity() if same else nn.Sequential(*_conv(channels, out, 1, stride))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


def _conv(channels: int, out: int, side: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(channels, out, side, stride, side // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(out)]


def _basic(channels: int, width: int, stride: int) -> Block:
    body = [*_conv(channels, width, 3, stride), nn.ReLU(), *_conv(width, width, 3)]
    return Block(nn.Sequential(*body), channels, width, stride)


def _bottleneck(channels: int, width: int, stride: int, groups: int, inner: int) -> Block:
    # The stride stands in the 3×3 convolution, as in torchvision ("v1.5"), not in the first 1×1.
    body = [*_conv(channels, inner, 1), nn.ReLU()]
    body += [*_conv(inner, inner, 3, stride, groups), nn.ReLU(), *_conv(inner, 4 * width, 1)]
    return Block(nn.Sequential(*body), channels, 4 * width, stride)


def _resnet(depths: tuple[int, ...], block, expansion: int) -> nn.Sequential:
    with torch.device("meta"):
        layers = [*_conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for stage, depth in enumerate(depths):
            width = 64 * 2**stage
            for i in range(depth):
                layers.append(block(channels, width, 2 if stage and not i else 1))
                channels = expansion * width
        pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        return nn.Sequential(*layers, *pool, nn.Linear(channels, 1000))


def resnet18() -> nn.Sequential:
    """ResNet-18 (He et al. 2015, Table 1), for counting: 11,689,512 parameters on meta."""
    return _resnet((2, 2, 2, 2), _basic, 1)


def resnet50() -> nn.Sequential:
    """ResNet-50 (He et al. 2015, Table 1), for counting: 25,557,032 parameters on meta."""

    def block(channels: int, width: int, stride: int) -> Block:
        return _bottleneck(channels, width, stride, groups=1, inner=width)

    return _resnet((3, 4, 6, 3), block, 4)


def resnext50() -> nn.Sequential:
    """ResNeXt-50 32×4d (Xie et al. 2016, Table 1), for counting: 25,028,904 parameters on meta.

    Its 3×3 convolutions have 32 groups.
    """

    def block(channels: int, width: int, stride: int) -> Block:
        return _bottleneck(channels, width, stride, groups=32, inner=2 * width)

    return _resnet((3, 4, 6, 3), block, 4)
