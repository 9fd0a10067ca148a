"""Trained weights that ship with the package: float16 safetensors, each with a model card.

Those of pruned networks are in the relative form of `greenlab.compression`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from greenlab import compression
from greenlab.installed import reinstall
from greenlab.zoo.networks import lenet5, lenet_300_100, mlp

FOLDER = Path(str(files("greenlab.zoo"))) / "trained"


class Ensemble(nn.Module):
    """Several networks as one: the mean of their logits, (n, classes)."""

    def __init__(self, members: list[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([member(x) for member in self.members]).mean(0)


def architecture(name: str) -> nn.Module:
    """The untrained network behind a name of `names()`. Raises KeyError for another name."""
    builders = {
        "lenet5_12x": lenet5,
        "lenet_300_100_12x": lenet_300_100,
        "teacher_1200": lambda: mlp(784, 1200, 1200, 10, dropout=0.5),
        "ensemble_10x100": lambda: Ensemble([mlp(784, 100, 100, 10) for _ in range(10)]),
    }
    if name not in builders:
        raise KeyError(f"no trained weights {name!r}; choose one of {list(builders)}")
    return builders[name]()


def names() -> list[str]:
    """The trained networks that ship with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def card(name: str) -> str:
    """The model card of a trained network, as Markdown. Raises KeyError for an unknown name."""
    architecture(name)
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def load(name: str, device: torch.device | str = "cpu") -> nn.Module:
    """A trained network in evaluation mode on `device`, its weights widened to float32.

    Raises KeyError for an unknown name, RuntimeError when the file is missing or broken.
    """
    model, path = architecture(name), FOLDER / f"{name}.safetensors"
    try:
        state = unpack(load_file(path), model)
        model.load_state_dict({key: value.float() for key, value in state.items()})
    except Exception as error:  # missing, cut off, another network's
        raise RuntimeError(f"{path} can't be read: {error}. {reinstall(path)}") from error
    return model.eval().to(device)


def pack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state with its weights in relative form: `name.counts`, two a byte, and `name.values`."""
    packed = {}
    for name, value in state.items():
        if value.dim() < 2:
            packed[name] = value.half()
            continue
        counts, values = compression.encode(value.half())
        even = torch.cat([counts, counts.new_zeros(len(counts) % 2)])
        packed[f"{name}.counts"] = even[::2] * 16 + even[1::2]
        packed[f"{name}.values"] = values
    return packed


def unpack(packed: Mapping[str, Tensor], like: nn.Module) -> dict[str, Tensor]:
    """The state that `pack` has packed, for the network `like`; another state as it is.

    Raises ValueError or KeyError for a state that is not one of such a network.
    """
    state = dict(packed)
    for name, parameter in like.named_parameters():
        if f"{name}.counts" in state:
            both = state.pop(f"{name}.counts")
            values = state.pop(f"{name}.values")
            counts = torch.stack([both // 16, both % 16], 1).flatten()[: len(values)]
            state[name] = compression.decode(counts, values, parameter.shape)
    return state
