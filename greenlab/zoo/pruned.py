"""The pruned LeNets that ship: 12 times fewer parameters, at the densities of Han et al. 2015.

`greenlab zoo rebuild lenet5_12x` makes one again.
"""

from __future__ import annotations

import copy
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from greenlab import compression, data, prune, train
from greenlab.masks import Masks
from greenlab.zoo.weights import pack

# Share of the weights kept, layer by layer: Tables 3 and 4 of the paper.
KEPT = {
    "lenet_300_100_12x": (0.08, 0.09, 0.26),
    "lenet5_12x": (0.66, 0.12, 0.08, 0.19),
}
EPOCHS = {"lenet_300_100_12x": (12, 6, 4), "lenet5_12x": (6, 3, 2)}  # dense, at lr/10, a round
ROUNDS, LR, L2 = 5, 1e-3, 1e-4
CARD = """# Model card: {name}

- **What**: {what}, pruned: of its {parameters:,} parameters {left:,} are left, {rate:.1f} times
  fewer ({kept:,} weights, and all {biases:,} biases). Kept, layer by layer, as in the paper:
  {densities}.
- **Data**: {data}; see the data card of mnist10k. The test images are not MNIST's own.
- **Recipe**: Han et al. 2015, iteratively: Adam, batch 100, an L2 penalty of {l2:g}; dense,
  {dense} epochs at 1e-3 and {cool} at 1e-4; then {rounds} rounds of pruning by magnitude, each by
  the same ratio, and retraining what is left, {each} epochs a round at 1e-3; after the last round
  {last} at 1e-3 and {each} at 1e-4.
- **Errors**: {errors} of 2,000 test images ({percent:.2f} %); the dense network that it was pruned
  from {dense_errors}; that one trained on for as long, not pruned, {longer_errors}. One seed: a
  few errors more or less are chance.
- **Bytes**: {bytes:,} on disk: float16 values and 4-bit relative indices, with {fillers:,} filler
  zeros; the dense network's float32 weights take {dense_bytes:,}.
- **Cost**: {seconds:.0f} seconds of training on {threads} CPU threads, torch {torch}; training the
  dense network on, to compare, is in it.
- **Rebuild**: `greenlab zoo rebuild {name}` (same errors on the same kind of machine; another
  processor may round differently and move them by a few).
- **Use**: the pruning lab; what pruning buys when it runs. Not for reading real forms or checks.
"""


def train_dense(name: str, model: nn.Module, split: data.Split, show: bool = False) -> None:
    """Train the network that is to be pruned, in place."""
    dense, cool, _ = EPOCHS[name]
    generator = torch.Generator().manual_seed(0)
    for epochs, lr in ((dense, LR), (cool, LR / 10)):
        _fit(model, Masks({}), split, epochs, lr, generator, show, "dense")


def train_pruned(
    name: str, model: nn.Module, split: data.Split, show: bool = False, kept: bool = True
) -> Masks:
    """Prune and retrain a trained network in place; the masks. `kept` False: retrain dense."""
    each = EPOCHS[name][2]
    generator = torch.Generator().manual_seed(1)
    masks = Masks.full(model)
    for i in range(1, ROUNDS + 1):
        shares = {k: share ** (i / ROUNDS) for k, share in zip(masks, KEPT[name], strict=True)}
        if kept:  # what is pruned is 0, the smallest magnitude: it stays pruned
            masks = prune.by_magnitude(model, shares)
        schedule = [(each, LR)] if i < ROUNDS else [(2 * each, LR), (each, LR / 10)]
        for epochs, lr in schedule:
            _fit(model, masks, split, epochs, lr, generator, show, f"round {i} of {ROUNDS}")
    return masks


def _fit(
    model: nn.Module,
    masks: Masks,
    split: data.Split,
    epochs: int,
    lr: float,
    generator: torch.Generator,
    show: bool,
    what: str,
) -> None:
    pairs, loss = (split.train_x, split.train_y), prune.penalized(model, l2=L2)
    options = {"epochs": epochs, "lr": lr, "generator": generator, "show": show, "what": what}
    prune.retrain(model, masks, pairs, loss, **options)


def rebuild(name: str, model: nn.Module, folder: Path, show: bool = True) -> int:
    """Train, prune and retrain `model`; write weights and card into `folder`; its errors."""
    split = data.mnist("mnist10k")
    test = (split.test_x, split.test_y)
    began = time.perf_counter()
    train_dense(name, model, split, show)
    longer = copy.deepcopy(model)
    dense_errors = train.errors(model, *test)
    train_pruned(name, model, split, show)
    train_pruned(name, longer, split, show, kept=False)
    seconds = time.perf_counter() - began
    model.half().float()  # count the errors of what is kept
    path = folder / f"{name}.safetensors"
    save_file(pack(model.state_dict()), path)
    errors = train.errors(model, *test)
    # Weights so small that float16 has no digits for them are gone too.
    nonzero = Masks({key: w != 0 for key, w in prune.weights(model).items()})
    table = compression.table(model, nonzero, (1, 784))
    total, (dense, cool, each) = table.total, EPOCHS[name]
    text = CARD.format(
        name=name,
        what="Caffe's LeNet-5" if "lenet5" in name else "LeNet-300-100",
        parameters=total.weights + total.biases,
        left=total.kept + total.biases,
        rate=table.rate,
        kept=total.kept,
        biases=total.biases,
        densities=", ".join(f"{100 * row.density:.0f} %" for row in table.layers),
        data=repr(split).replace(" on cpu", ""),
        l2=L2,
        dense=dense,
        cool=cool,
        rounds=ROUNDS,
        each=each,
        last=2 * each,
        errors=errors,
        percent=errors / 20,
        dense_errors=dense_errors,
        longer_errors=train.errors(longer, *test),
        bytes=path.stat().st_size,
        fillers=total.fillers,
        dense_bytes=total.dense_bytes,
        seconds=seconds,
        threads=torch.get_num_threads(),
        torch=torch.__version__.split("+")[0],
    )
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return errors
