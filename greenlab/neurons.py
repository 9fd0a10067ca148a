"""Neurons that pruning has left without inputs or without outputs, and the network without them.

Han et al. 2015, §3.5: such a neuron can go, and its connections with it, which can leave others
without inputs or outputs. A neuron of a convolution is a channel. For `nn.Sequential`s of linear
and ungrouped convolution layers.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from greenlab.masks import Masks, mask_of, weights


@dataclass(frozen=True)
class Neurons:
    """One hidden layer: its neurons, and those without inputs, without outputs, and dead.

    Dead is who has no inputs or no outputs once all dead neurons' connections are gone too.
    """

    layer: str
    neurons: int
    no_inputs: int
    no_outputs: int
    dead: int


def remove_dead(model: nn.Sequential, masks: Masks) -> tuple[Masks, list[Neurons]]:
    """The masks without the connections of dead neurons, and how many those are, by hidden layer.

    A neuron without inputs still gives a constant, ReLU of its bias, which is lost with it:
    retrain, or let `slim` add it to the next layer's biases. Raises ValueError for another kind of
    network.
    """
    names, keep = _layers(model, masks)
    before = {a: (_no_inputs(keep[a]), _no_outputs(keep[a], keep[b])) for a, b in pairwise(names)}
    for a, b in pairwise(names):
        _outputs(keep[a], keep[b])[_no_inputs(keep[a])] = False
    for a, b in reversed(list(pairwise(names))):
        keep[a][_no_outputs(keep[a], keep[b])] = False
    counts = [
        Neurons(
            layer=name.removesuffix(".weight"),
            neurons=len(keep[name]),
            no_inputs=int(no_in.sum()),
            no_outputs=int(no_out.sum()),
            dead=int(_no_inputs(keep[name]).sum()),
        )
        for name, (no_in, no_out) in before.items()
    ]
    return Masks(keep), counts


def slim(model: nn.Sequential, masks: Masks, inputs: Sequence[int]) -> nn.Sequential:
    """A smaller network with the masked one's outputs: its dead neurons are left out.

    The constant of a neuron without inputs goes into the next layer's biases. `inputs`: the shape
    of one input, (1, 784). A layer keeps at least one neuron. Raises ValueError for a neuron
    without inputs before a padded convolution, where its constant is none.
    """
    small = masks.apply(copy.deepcopy(model)).eval()
    names, keep = _layers(small, masks)
    for a, b in pairwise(names):
        still = _no_inputs(keep[a]) & ~_no_outputs(keep[a], keep[b])
        if still.any():
            _fold(small, b, still, inputs)
            _outputs(keep[a], keep[b])[still] = False
            Masks(keep).apply(small)
    alive = remove_dead(small, Masks(keep))[0]
    for a, b in pairwise(names):
        here = ~_no_inputs(alive[a])
        here[0] |= not here.any()
        one, two = (small.get_submodule(name.removesuffix(".weight")) for name in (a, b))
        _narrow(one, one.weight[here], one.bias[here])
        columns = _outputs(alive[a], two.weight.detach()).permute(1, 0, 2)[:, here]
        _narrow(two, columns.reshape(len(two.weight), -1, *two.weight.shape[2:]), two.bias)
    return small.train(model.training)


def _layers(model: nn.Sequential, masks: Masks) -> tuple[list[str], dict[str, Tensor]]:
    names = list(weights(model))
    layers = [model.get_submodule(name.removesuffix(".weight")) for name in names]
    if not isinstance(model, nn.Sequential) or any(getattr(m, "groups", 1) != 1 for m in layers):
        raise ValueError("dead neurons are found in an nn.Sequential without grouped convolutions")
    for one, two in pairwise(layers):
        if two.weight.shape[1] % len(one.weight) or one.bias is None or two.bias is None:
            raise ValueError(
                f"{two} does not follow {one} with biases: their neurons can't be told"
            )
    return names, {name: mask_of(name, w, masks).clone() for name, w in weights(model).items()}


def _outputs(mask: Tensor, following: Tensor) -> Tensor:
    """What leaves each neuron, (neurons, next neurons, places): a view of the next layer's."""
    return following.view(len(following), len(mask), -1).transpose(0, 1)


def _no_inputs(mask: Tensor) -> Tensor:
    return ~mask.flatten(1).any(1)


def _no_outputs(mask: Tensor, following: Tensor) -> Tensor:
    return ~_outputs(mask, following).flatten(1).any(1)


def _fold(model: nn.Sequential, following: str, still: Tensor, inputs: Sequence[int]) -> None:
    """Add to the next layer's biases what its neurons get from those that are `still`."""
    layer = model.get_submodule(following.removesuffix(".weight"))
    seen: list[Tensor] = []
    handle = layer.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    with torch.no_grad():
        model(torch.zeros(*inputs, device=layer.weight.device))
        handle.remove()
        if seen[0].dim() > 2 and any(layer.padding):
            raise ValueError(f"{layer} is padded: a neuron without inputs gives it no constant")
        units = len(still)
        if seen[0].dim() > 2:  # the same at all places: one is enough, for the kernel's sum
            constant = seen[0][0, :, 0, 0]
            layer.bias += layer.weight.sum((2, 3))[:, still] @ constant[still]
        else:
            blocks = layer.weight.view(len(layer.weight), units, -1)
            constant = seen[0][0].view(units, -1)
            layer.bias += (blocks * constant)[:, still].sum((1, 2))


def _narrow(layer: nn.Module, weight: Tensor, bias: Tensor) -> None:
    layer.weight = nn.Parameter(weight.detach().clone())
    layer.bias = nn.Parameter(bias.detach().clone())
    rows, columns = weight.shape[:2]
    if isinstance(layer, nn.Linear):
        layer.out_features, layer.in_features = rows, columns
    else:
        layer.out_channels, layer.in_channels = rows, columns
