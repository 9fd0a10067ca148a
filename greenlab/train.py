"""The plain fast way to train: tensors in memory, seeded shuffles, a fused optimizer."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import length_hint
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from greenlab.device import threads

Item = TypeVar("Item")

# Below this many multiply-adds a batch, handing work to a second CPU thread costs more than it
# gains (tests/benchmarks/train_loop.py measures it).
SMALL_BATCH_MACS = 10_000_000


@dataclass
class History:
    """What a training run showed: mean loss and test errors after each epoch, and its seconds."""

    loss: list[float] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    seconds: float = 0.0
    best_epoch: int | None = None  # set by early stopping: the epoch whose weights were kept


def progress(items: Iterable[Item], what: str, show: bool = True) -> Iterable[Item]:
    """`items` with a progress bar on standard output (stderr fails graded cells); none for none."""
    hidden = not show or length_hint(items, 1) == 0
    return tqdm(items, desc=what, disable=hidden, file=sys.stdout, ncols=88, mininterval=0.5)


def batches(n: int, size: int, generator: torch.Generator | None = None) -> Iterator[Tensor]:
    """Indices 0..n-1 in a fresh random order, `size` at a time; the last batch may be shorter.

    Raises ValueError when `n` or `size` is below 1.
    """
    if n < 1 or size < 1:
        raise ValueError(f"batches needs n >= 1 and size >= 1, got n={n}, size={size}")
    yield from torch.randperm(n, generator=generator).split(size)


def predict(model: nn.Module, x: Tensor, batch: int = 2000) -> Tensor:
    """The model's logits (n, classes) for `x` (n, …): evaluation mode, no gradients."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            return torch.cat([model(part) for part in x.split(batch)])
    finally:
        model.train(was_training)


def errors(model: nn.Module, x: Tensor, y: Tensor) -> int:
    """How many rows of `x` (n, …) the model puts in another class than `y` (n,).

    Raises ValueError when `y` has another shape.
    """
    if y.shape != (len(x),):
        raise ValueError(f"{len(x)} rows need labels of shape ({len(x)},), got {tuple(y.shape)}")
    return int((predict(model, x).argmax(1) != y).sum())


def seconds_to_predict(model: nn.Module, x: Tensor, repeats: int = 5) -> float:
    """Median seconds to classify all rows of `x`, after one call to warm up.

    Raises ValueError when `repeats` is below 1.
    """
    if repeats < 1:
        raise ValueError(f"repeats must be 1 or more, got {repeats}")
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        predict(model, x).argmax(1).cpu()  # the copy waits for a GPU to finish
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def fit(
    model: nn.Module,
    data: Sequence[Tensor],
    loss: Callable[..., Tensor] = F.cross_entropy,
    *,
    epochs: int,
    generator: torch.Generator,
    batch: int = 100,
    lr: float = 1e-3,
    test: tuple[Tensor, Tensor] | None = None,
    patience: int | None = None,
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None,
    show: bool = False,
    what: str = "training",
) -> History:
    """Train `model` in place with Adam on `data = (x, *targets)`, by `loss(model(x), *targets)`.

    Runs where `x` lies: the model moves there. `generator` draws the shuffles (and feeds
    `augment(x, generator)`, applied to each epoch's images). With `test=(x, y)` the errors are
    counted after each epoch; with `patience` too, training stops after that many epochs without
    fewer errors and the best epoch's weights are put back. Dropout draws from torch's global
    generator. Raises ValueError for empty or uneven data, epochs below 0, a batch below 1,
    patience without test, a loss that is not finite.
    """
    sizes = [len(t) for t in data]
    if len(set(sizes)) != 1 or sizes[0] == 0:
        raise ValueError(f"data must have equal, positive lengths, got {sizes}")
    if epochs < 0 or batch < 1:
        raise ValueError(f"fit needs epochs >= 0 and batch >= 1, got {epochs} and {batch}")
    x = data[0]
    if patience is not None and test is None:
        raise ValueError("early stopping (patience) needs test=(x, y)")
    model.to(x.device).train()
    fused = x.device.type in ("cpu", "cuda", "mps")
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=fused)
    history, best = History(), None
    began = time.perf_counter()
    with threads(_threads_for(model, batch, x.device)):
        bar = progress(range(epochs), what, show)
        for epoch in bar:
            order = torch.randperm(len(x), generator=generator).to(x.device)
            # One gather an epoch, then views: much cheaper than collecting row by row.
            shuffled = [t.index_select(0, order) for t in data]
            if augment is not None:
                shuffled[0] = augment(shuffled[0], generator)
            total = torch.zeros((), device=x.device)
            for part in zip(*(t.split(batch) for t in shuffled), strict=True):
                optimizer.zero_grad(set_to_none=True)
                value = loss(model(part[0]), *part[1:])
                value.backward()
                optimizer.step()
                total += value.detach() * len(part[0])
            history.loss.append(total.item() / len(x))
            if not torch.isfinite(total):
                raise ValueError(
                    f"the loss is {history.loss[-1]} after epoch {epoch + 1}: try a smaller lr"
                )
            if test is not None:
                history.errors.append(errors(model, *test))
                if show:
                    bar.set_postfix(loss=f"{history.loss[-1]:.3f}", errors=history.errors[-1])
                if best is None or history.errors[-1] < history.errors[best[0]]:
                    best = (epoch, _copy(model)) if patience is not None else (epoch, None)
                elif patience is not None and epoch - best[0] >= patience:
                    break
    if patience is not None and best is not None:
        history.best_epoch = best[0]
        model.load_state_dict(best[1])
    history.seconds = time.perf_counter() - began
    return history


def jitter(x: Tensor, generator: torch.Generator, pixels: int = 2) -> Tensor:
    """Each image (n, 784) moved by up to `pixels` each way, zeros moving in (Hinton 2014, §3)."""
    side = 2 * pixels + 1
    padded = F.pad(x.view(-1, 28, 28), [pixels] * 4)
    shift = torch.randint(side * side, (len(x),), generator=generator).to(x.device)
    moved = torch.empty_like(padded[:, :28, :28])
    for k in range(side * side):
        rows = shift == k
        down, right = divmod(k, side)
        moved[rows] = padded[rows, down : down + 28, right : right + 28]
    return moved.reshape(len(x), 784)


def jittered_copies(
    x: Tensor, y: Tensor, generator: torch.Generator, copies: int = 3, pixels: int = 1
) -> tuple[Tensor, Tensor]:
    """`copies` jittered copies of the images (n, 784), and their labels: a larger training set."""
    return torch.cat([jitter(x, generator, pixels) for _ in range(copies)]), y.repeat(copies)


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _threads_for(model: nn.Module, batch: int, device: torch.device) -> int:
    weights = sum(p.numel() for p in model.parameters())
    small = device.type == "cpu" and batch * weights < SMALL_BATCH_MACS
    return 1 if small else torch.get_num_threads()
