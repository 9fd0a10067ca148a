"""Students of model compression: nets of one hidden layer that learn a teacher's probabilities.

Buciluă, Caruana, Niculescu-Mizil 2006, §4. A student has one output, a logit; its probability of
class 1 is the sigmoid of it. x (n, attributes) float32; targets (n,) float32: the teacher's
probabilities, or labels 0 and 1 for a net that learns without a teacher.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import together, train
from greenlab.stack import Loss
from greenlab.zoo.networks import mlp

EPOCHS = 60


def squared_error(logits: Tensor, targets: Tensor) -> Tensor:
    """mean (σ(z) − p)², the square of the paper's RMSE; logits (n, 1), targets (n,)."""
    return F.mse_loss(logits.squeeze(-1).sigmoid(), targets)


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """−mean (p log σ(z) + (1 − p) log(1 − σ(z))); logits (n, 1), targets (n,).

    Like squared error it is least where σ(z) = p.
    """
    return F.binary_cross_entropy_with_logits(logits.squeeze(-1), targets)


LOSSES = {"cross_entropy": cross_entropy, "squared_error": squared_error}


def fit(
    widths: Sequence[int],
    x: Tensor,
    targets: Tensor,
    *,
    generators: together.Generators,
    epochs: int = EPOCHS,
    loss: str | Loss = "cross_entropy",
    lr: float = 1e-2,
    batch: int = 100,
    show: bool = False,
    what: str = "students",
) -> list[nn.Module]:
    """Students with these numbers of hidden units, trained side by side (`together.fit`).

    `generators`: one, and all see the rows in one order, or one for each. Adam at `lr` for two
    thirds of `epochs`, then at lr / 10. They learn on attributes brought to mean 0 and deviation
    1; the first layer's weights take that up at the end, so a student wants x as it was given.
    `loss`: the name of one here, or a function of logits (n, 1) and targets (n,).
    Raises ValueError for an unknown loss, epochs below 2, no or wrong widths, and as
    `together.fit` does.
    """
    if isinstance(loss, str) and loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}; choose one of {list(LOSSES)}")
    if not widths:
        raise ValueError("students need a width or more")
    if epochs < 2:
        raise ValueError(f"two learning rates need 2 epochs or more, got {epochs}")
    one = isinstance(generators, torch.Generator)
    draws = [generators] * len(widths) if one else generators
    models = [
        mlp(x.shape[1], width, 1, generator=g) for width, g in zip(widths, draws, strict=True)
    ]
    mean, deviation = x.mean(0), x.std(0, correction=0)
    deviation[deviation == 0] = 1.0
    data = ((x - mean) / deviation, targets)
    late = max(1, epochs // 3)
    for n, rate in ((epochs - late, lr), (late, lr / 10)):
        together.fit(
            models,
            data,
            LOSSES[loss] if isinstance(loss, str) else loss,
            epochs=n,
            generators=generators,
            batch=batch,
            lr=rate,
            show=show,
            what=f"{what}, lr {rate:g}",
        )
    with torch.no_grad():
        for first, *_ in models:  # W (x − m) / d + b = (W / d) x + (b − (W / d) m)
            first.weight.div_(deviation)
            first.bias.sub_(first.weight @ mean)
    return models


def probabilities(model: nn.Module, x: Tensor) -> Tensor:
    """A student's probabilities of class 1 (n,): evaluation mode, no gradients."""
    return train.predict(model, x).squeeze(-1).sigmoid()
