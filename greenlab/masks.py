"""Masks over a network's weights: which are kept, True, and which are pruned, False.

Weights (of linear and convolution layers) are pruned and counted, biases are not, as in Han et al.
2015. Density is the share that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils import prune as torch_prune
from torch.optim.optimizer import register_optimizer_step_post_hook

Weights = nn.Module | Mapping[str, Tensor]


def weights(model: Weights) -> dict[str, Tensor]:
    """The tensors that can be pruned, by name ("0.weight"): those of linear and convolution layers.

    A mapping of tensors by name is taken as it is.
    """
    if isinstance(model, Mapping):
        return dict(model)
    kinds = (nn.Linear, nn.modules.conv._ConvNd)
    return {
        f"{name}.weight".lstrip("."): module.weight
        for name, module in model.named_modules()
        if isinstance(module, kinds)
    }


class Masks(Mapping[str, Tensor]):
    """Which weights are kept: bool tensors by parameter name, True (or 1) for kept.

    `a & b` keeps what both keep; a layer that only one names has that one's mask. Raises
    ValueError for values other than 0 and 1, and, where `of` (a model or weights by name) is
    given, for names and shapes that are not its own.
    """

    def __init__(self, masks: Mapping[str, Tensor], of: Weights | None = None) -> None:
        kept = {}
        for name, mask in masks.items():
            mask = torch.as_tensor(mask).detach()
            if mask.dtype != torch.bool and not ((mask == 0) | (mask == 1)).all():
                raise ValueError(f"the mask of {name} holds other values than 0 and 1")
            kept[name] = mask.to(torch.bool, copy=True)
        self._masks = kept
        if of is not None:
            _fits(self, dict(of.named_parameters()) if isinstance(of, nn.Module) else of)

    @classmethod
    def full(cls, model: Weights) -> Masks:
        """Masks that keep every weight."""
        return cls({k: torch.ones_like(w, dtype=torch.bool) for k, w in weights(model).items()})

    @classmethod
    def from_torch(cls, model: nn.Module) -> Masks:
        """The masks that `torch.nn.utils.prune` has put on `model`, of weights and biases.

        Raises ValueError when there are none.
        """
        end = "_mask"
        found = {k.removesuffix(end): m for k, m in model.named_buffers() if k.endswith(end)}
        if not found:
            raise ValueError("torch.nn.utils.prune has put no mask on this model")
        return cls(found)

    def to_torch(self, model: nn.Module) -> None:
        """Put these masks on `model` by `torch.nn.utils.prune`, on top of those already there."""
        for name, mask in self.items():
            path, _, parameter = name.rpartition(".")
            torch_prune.custom_from_mask(model.get_submodule(path), parameter, mask)

    def __getitem__(self, name: str) -> Tensor:
        return self._masks[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._masks)

    def __len__(self) -> int:
        return len(self._masks)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Masks):
            return NotImplemented
        same = self.keys() == other.keys()
        return same and all(torch.equal(mask, other[name]) for name, mask in self.items())

    __hash__ = None

    def __and__(self, other: Masks) -> Masks:
        _fits(self, other, only_common=True)
        both = {name: mask & other[name] for name, mask in self.items() if name in other}
        return Masks({**self, **other, **both})

    def __repr__(self) -> str:
        return f"Masks({self.kept:,} of {self.total:,} kept, density {self.density:.4g})"

    @property
    def kept(self) -> int:
        """How many weights are kept, in all layers together."""
        return sum(int(mask.sum()) for mask in self.values())

    @property
    def total(self) -> int:
        """How many weights there are, kept or pruned."""
        return sum(mask.numel() for mask in self.values())

    @property
    def density(self) -> float:
        """The share of the weights that is kept; 1 when there is no weight at all."""
        return self.kept / self.total if self.total else 1.0

    @property
    def densities(self) -> dict[str, float]:
        """The density of each layer; 1 for an empty one."""
        return {name: Masks({name: mask}).density for name, mask in self.items()}

    def apply(self, model: nn.Module) -> nn.Module:
        """Set the pruned weights of `model` to exactly 0, once; returns the model.

        A later step of an optimizer may revive them: see `hold`. Raises ValueError for a model
        without these parameters in these shapes.
        """
        parameters = dict(model.named_parameters())
        _fits(self, parameters)
        for name, mask in self.items():
            parameters[name].data.masked_fill_(~mask.to(parameters[name].device), 0)
        return model

    @contextmanager
    def hold(self, model: nn.Module) -> Iterator[None]:
        """Keep the pruned weights of `model` at exactly 0 inside a `with`, whatever trains it.

        Momentum, Adam's averages and weight decay would revive them; here they are set back after
        every step of every optimizer. Raises ValueError as `apply` does.
        """
        self.apply(model)
        parameters = dict(model.named_parameters())
        held = [[parameters[name], mask.float()] for name, mask in self.items()]

        def put_back(*_: object) -> None:
            with torch.no_grad():
                for pair in held:
                    if pair[1].device != pair[0].device:  # the model has moved since
                        pair[1] = pair[1].to(pair[0].device)
                    pair[0].mul_(pair[1])  # forty times as fast as masked_fill_

        handle = register_optimizer_step_post_hook(put_back)
        try:
            yield
        finally:
            handle.remove()
        self.apply(model)  # −0.0, which mul_ leaves, becomes 0.0


def mask_of(name: str, w: Tensor, masks: Masks | None) -> Tensor:
    """The mask of the weight `w` on its device; all True where `masks` has none for it."""
    if masks is None or name not in masks:
        return torch.ones_like(w, dtype=torch.bool)
    _fits({name: masks[name]}, {name: w})
    return masks[name].to(w.device)


def _fits(
    masks: Mapping[str, Tensor], others: Mapping[str, Tensor], only_common: bool = False
) -> None:
    for name, mask in masks.items():
        if name not in others:
            if only_common:
                continue
            raise ValueError(
                f"there is no parameter {name!r}; masks of torch.nn.utils.prune must be made "
                f"permanent first (its `remove`). There are: {', '.join(others)}"
            )
        if mask.shape != others[name].shape:
            raise ValueError(
                f"the mask of {name} has shape {tuple(mask.shape)}, not {tuple(others[name].shape)}"
            )
