"""The networks that the lecture names, as plain modules, and the trained weights that ship."""

from greenlab.zoo.networks import (
    alexnet,
    conv2,
    conv4,
    conv6,
    count_parameters,
    lenet5,
    lenet_300_100,
    mlp,
    vgg16,
)
from greenlab.zoo.resnet import resnet18, resnet50, resnext50
from greenlab.zoo.weights import Ensemble, card, load, names

__all__ = [
    "Ensemble",
    "alexnet",
    "card",
    "conv2",
    "conv4",
    "conv6",
    "count_parameters",
    "lenet5",
    "lenet_300_100",
    "load",
    "mlp",
    "names",
    "resnet18",
    "resnet50",
    "resnext50",
    "vgg16",
]
