"""What pruning saves on paper: weights, FLOPs and bytes, layer by layer (Han et al. 2015, Table 1).

Three ways to store a layer's float32 weights, n of them, k kept, in `rows` rows:
dense, 4n bytes; CSR, 4k values + 4k columns + 4(rows + 1) row starts; and relative indices (Han et
al. 2016, EIE): each kept weight after a 4-bit count of the zeros before it, with a filler, a
stored zero, wherever more than 15 zeros would have to be counted: ⌈4.5 (k + fillers)⌉ bytes.
Biases are kept whole, 4 bytes each, and counted apart.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, prod

import torch
from torch import Tensor, nn

from greenlab import flops
from greenlab.masks import Masks, mask_of, weights

VALUE, INDEX = 4, 4  # bytes of a float32 and of an int32
REACH = 16  # places that a 4-bit count and its weight can span


@dataclass(frozen=True)
class Saved:
    """One layer, or all together: how many weights and biases it has, keeps, and what they cost.

    `dense_flops` are those of one input, 2 a multiply-add; `flops` those left when products with a
    pruned weight (and with a zero input, where inputs were given) are skipped. `fillers` are the
    zeros that the relative form stores; bytes are of the weights.
    """

    name: str
    weights: int
    kept: int
    biases: int
    dense_flops: int
    flops: float
    dense_bytes: int
    csr_bytes: int
    fillers: float
    relative_bytes: int

    @property
    def density(self) -> float:
        """The share of the weights that is kept; 1 when there are none."""
        return self.kept / self.weights if self.weights else 1.0


@dataclass(frozen=True)
class Table:
    """The rows of a network's layers, and their sum."""

    layers: tuple[Saved, ...]

    @property
    def total(self) -> Saved:
        """All layers together."""
        columns = list(zip(*(list(vars(row).values())[1:] for row in self.layers), strict=True))
        return Saved("all", *(map(sum, columns) if columns else [0] * 9))

    @property
    def rate(self) -> float:
        """How many times fewer parameters there are, biases counted: Han's 9×, 12×, 13×."""
        left = self.total.kept + self.total.biases
        return (self.total.weights + self.total.biases) / left if left else float("inf")

    def __str__(self) -> str:
        heads = ("layer", "weights", "kept", "%", "biases", "MFLOP", "left %", "dense kB",
                 "CSR kB", "4-bit kB", "fillers")  # fmt: skip
        rows = [heads]
        for row in (*self.layers, self.total):
            left = 100 * row.flops / row.dense_flops if row.dense_flops else 100.0
            kilobytes = (row.dense_bytes, row.csr_bytes, row.relative_bytes)
            rows.append(
                (row.name, f"{row.weights:,}", f"{row.kept:,}", f"{100 * row.density:.1f}",
                 f"{row.biases:,}", f"{row.dense_flops / 1e6:.3g}", f"{left:.1f}",
                 *(f"{size / 1e3:,.1f}" for size in kilobytes), f"{row.fillers:,.0f}")
            )  # fmt: skip
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(w) if i else cell.ljust(w)
                for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        note = "bytes are of the weights; 1 multiply-add = 2 FLOPs, of one input"
        return "\n".join([*lines, f"{self.rate:.3g} times fewer parameters; {note}"])


def table(model: nn.Module, masks: Masks, inputs: Tensor | Sequence[int]) -> Table:
    """Count what `masks` save in `model`.

    `inputs`: the shape of one input, (1, 784), or a batch (n, …) of real ones: then a product with
    an input that is zero (what ReLU leaves of half the neurons) is skipped too, as in the paper's
    column FLOP%. Raises ValueError for masks of other shapes, layers that can't be counted.
    """
    nonzero = {}
    if isinstance(inputs, Tensor):
        nonzero = _nonzero_inputs(masks, model, inputs)
        inputs = (1, *inputs.shape[1:])
    keep = {name: mask_of(name, w, masks) for name, w in weights(model).items()}
    return _table(
        model,
        inputs,
        {name: int(mask.sum()) for name, mask in keep.items()},
        lambda name: fillers(keep[name]),
        nonzero,
    )


def from_densities(
    model: nn.Module, densities: Mapping[str, float] | Sequence[float], inputs: Sequence[int]
) -> Table:
    """Count what a paper's densities save, layer by layer, where there are no masks.

    `densities` by name or in the order of the layers; `inputs` the shape of one input. Fillers are
    those expected of weights kept at random places. The model may be on the meta device. Raises
    ValueError for a density out of [0, 1], or not one a layer.
    """
    names = list(weights(model))
    if not isinstance(densities, Mapping):
        densities = dict(enumerate(densities))
        if len(densities) == len(names):
            densities = dict(zip(names, densities.values(), strict=True))
    if set(densities) != set(names) or not all(0 <= d <= 1 for d in densities.values()):
        raise ValueError(f"needs a density in [0, 1] for each of {names}, got {densities}")
    sizes = {name: w.numel() for name, w in weights(model).items()}
    kept = {name: round(densities[name] * sizes[name]) for name in names}

    def expected(name: str) -> float:
        if kept[name] == 0:
            return 0.0
        pruned = (1 - kept[name] / sizes[name]) ** REACH  # a run goes on for 16 more
        return kept[name] * pruned / (1 - pruned)

    return _table(model, inputs, kept, expected, {})


def fillers(mask: Tensor) -> int:
    """How many zeros the 4-bit relative form stores beside the kept weights, in row order.

    One for each 16 pruned in a row; those after the last kept weight need none.
    """
    places = mask.flatten().nonzero().flatten()
    gaps = torch.diff(places, prepend=places.new_tensor([-1])) - 1
    return int((gaps // REACH).sum())


def encode(w: Tensor) -> tuple[Tensor, Tensor]:
    """The relative form of a weight: zeros counted before each stored value (0 to 15), the values.

    Stored are the weights that are not 0, and the fillers. Counts are uint8, a half-filled byte.
    """
    places = w.flatten().nonzero().flatten()
    gaps = torch.diff(places, prepend=places.new_tensor([-1])) - 1
    ends = torch.arange(len(places)) + (gaps // REACH).cumsum(0)  # after each weight's fillers
    size = int(ends[-1]) + 1 if len(ends) else 0
    counts = torch.full((size,), REACH - 1, dtype=torch.uint8)
    counts[ends] = (gaps % REACH).to(torch.uint8)
    values = torch.zeros(size, dtype=w.dtype)
    values[ends] = w.flatten()[places]
    return counts, values


def decode(counts: Tensor, values: Tensor, shape: Sequence[int]) -> Tensor:
    """The weight, of `shape`, that `encode` has stored."""
    w = torch.zeros(prod(shape), dtype=values.dtype)
    w[(counts.long() + 1).cumsum(0) - 1] = values
    return w.view(*shape)


def _table(
    model: nn.Module,
    inputs: Sequence[int],
    kept: Mapping[str, int],
    stored_zeros: Callable[[str], float],
    nonzero: Mapping[str, float],
) -> Table:
    cost = {layer.name: layer.flops for layer in flops.count(model, inputs).layers}
    parameters = dict(model.named_parameters())
    rows = []
    for name, w in weights(model).items():
        path = name.removesuffix("weight").rstrip(".")
        bias = parameters.get(name.removesuffix("weight") + "bias")
        k, dense, extra = kept[name], cost[path or "(itself)"], stored_zeros(name)
        share = k / w.numel() if w.numel() else 1.0
        rows.append(
            Saved(
                name=path or "(itself)",
                weights=w.numel(),
                kept=k,
                biases=0 if bias is None else bias.numel(),
                dense_flops=dense,
                flops=dense * share * nonzero.get(name, 1.0),
                dense_bytes=VALUE * w.numel(),
                csr_bytes=(VALUE + INDEX) * k + INDEX * (len(w) + 1),
                fillers=extra,
                relative_bytes=ceil((VALUE + 0.5) * (k + extra)),
            )
        )
    return Table(tuple(rows))


def _nonzero_inputs(masks: Masks, model: nn.Module, x: Tensor) -> dict[str, float]:
    """The share of each layer's inputs that is not zero, of the masked model."""
    model = masks.apply(copy.deepcopy(model)).eval()
    shares, handles = {}, []
    for name in weights(model):
        layer = model.get_submodule(name.removesuffix("weight").rstrip("."))

        def look(_: nn.Module, args: tuple[Tensor], name: str = name) -> None:
            shares[name] = float(args[0].count_nonzero() / args[0].numel())

        handles.append(layer.register_forward_pre_hook(look))
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return shares
