"""The usual slips in a distillation loop, trained: the weights that each would leave.

A loop is known by the weights that it leaves in a small student, always the same at first.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import check, train
from greenlab import distill as package
from greenlab.zoo import mlp

Slips = dict[str, Tensor]


def weights_after(function: Callable, *arguments: object, **options: object) -> Tensor:
    """All weights of a small student, always the same at first, that `function` has trained."""
    student = _small_student()
    try:
        function(student, *arguments, generator=torch.Generator().manual_seed(7), **options)
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        raise check.NotYet(
            "No gradient reaches the student's weights, so backward() can't work.\n"
            "  Likely mistake: torch.no_grad() or .detach() around the student."
        ) from None
    return _vector(student)


def distill(x: Tensor, v: Tensor, y: Tensor, *, T: float, alpha: float, **options) -> Slips:
    """Weights after the usual slips of a distillation loop; x (n, 6), v (n, 3), y (n,)."""
    epochs, batch = options["epochs"], options["batch"]

    def ours(v: Tensor = v, T: float = T, alpha: float = alpha, **changes) -> Tensor:
        return weights_after(package.distill, x, v, y, T=T, alpha=alpha, **(options | changes))

    def loop(T: float = T, alpha: float = alpha, **slip) -> Tensor:
        return weights_after(_slipping_loop, x, v, y, T, alpha, **options, **slip)

    return {
        "the student did not change: zero_grad(), loss.backward() and optimizer.step() belong "
        "in the loop over the batches, in this order (and for the student itself, no copy)": (
            _vector(_small_student())
        ),
        "gradients pile up: zero_grad() is missing, or not called for each batch": loop(zero=""),
        "gradients pile up: zero_grad() is called once an epoch, not for each batch": loop(
            zero="epoch"
        ),
        "the teacher's logits are not those of the images: take teacher_logits[rows]": loop(
            v_rows=slice(batch)
        ),
        "the labels are not those of the images: take labels[rows]": loop(y_rows=slice(batch)),
        "logits and labels are not those of the images: take the same rows of all three": loop(
            v_rows=slice(batch), y_rows=slice(batch)
        ),
        "the student learns from the labels alone; use distillation_loss": ours(alpha=0.0),
        "the student learns from the teacher alone; use distillation_loss": ours(alpha=1.0),
        "alpha is not passed on": ours(alpha=0.9),
        "the temperature T is not passed on": ours(T=4.0),
        "neither T nor alpha is passed on": ours(T=4.0, alpha=0.9),
        "T and alpha are in the wrong order": loop(T=alpha, alpha=T),
        "the temperature is not used (T = 1)": ours(T=1.0),
        "only one epoch is trained: train.batches gives one pass, so call it in each epoch, and "
        "return only after the loops": ours(epochs=1),
        "only one batch is trained: return only after the loops": ours(epochs=1, batch=len(x)),
        "an epoch is missing": ours(epochs=epochs - 1),
        "there is an epoch too many": ours(epochs=epochs + 1),
        "only one step is made each epoch: split the data into batches, and call "
        "optimizer.step() after each": ours(batch=len(x)),
        "the last, shorter batch is missing": weights_after(
            package.distill,
            *(t[: len(x) // batch * batch] for t in (x, v, y)),
            T=T,
            alpha=alpha,
            **options,
        ),
        "the teacher's best class is the only target; use distillation_loss and the logits": (
            weights_after(package.distill, x, v, v.argmax(1), T=T, alpha=0.0, **options)
        ),
        "the teacher's best class is used as the label; use its logits": ours(
            v=40 * F.one_hot(v.argmax(1), v.shape[1]).float()
        ),
        "probabilities are used as logits": ours(v=v.softmax(1)),
        "the optimizer is made anew in each epoch; the one above the loops goes on": loop(
            fresh=True
        ),
    }


def shuffled_anew(got: Tensor, x: Tensor, v: Tensor, y: Tensor, T, alpha, **options) -> None:
    """Raise NotYet when the weights `got` come from batches that aren't drawn anew each epoch."""
    mistakes = {
        "the batches are not random; train.batches(len(images), batch, generator) is": "never",
        "the batches are shuffled once; call train.batches(…) in each epoch": "once",
        "each step takes all digits; take those of the batch, images[rows]": "whole",
    }
    for mistake, shuffle in mistakes.items():
        slip = weights_after(_slipping_loop, x, v, y, T, alpha, **options, shuffle=shuffle)
        check.that(
            not torch.allclose(got, slip, atol=1e-4),
            f"The batches of distill are not right.\n  Likely mistake: {mistake}.",
        )


def distill_unlabeled(teacher: nn.Module, x: Tensor, *, T: float, **options) -> Slips:
    """Weights after the usual slips of distilling without labels; x (n, 6)."""
    v = train.predict(teacher, x)
    best = v.argmax(1)

    def ours(v: Tensor = v, T: float = T, alpha: float = 1.0, **changes) -> Tensor:
        return weights_after(package.distill, x, v, best, T=T, alpha=alpha, **(options | changes))

    return {
        "alpha is not 1: the made-up labels have a weight (distill's default is alpha=0.9)": ours(
            alpha=0.9
        ),
        "the teacher's best classes are the only targets; use its logits, with alpha=1": ours(
            alpha=0.0
        ),
        "T is not passed on": ours(T=4.0),
        "neither T nor alpha is passed on": ours(T=4.0, alpha=0.9),
        "T is always 1": ours(T=1.0),
        "probabilities are handed on as logits": ours(v=v.softmax(1)),
        "the logits are divided by T before distill does it again": ours(v=v / T),
        "the student did not change": _vector(_small_student()),
        "the options (epochs, lr, batch) are not passed on: **options": ours(
            epochs=20, lr=4e-3, batch=200
        ),
    }


def _slipping_loop(
    student, x, v, y, T, alpha, *, epochs, lr, batch, generator,
    zero="batch", v_rows=None, y_rows=None, shuffle="anew", fresh=False,
) -> None:  # fmt: skip
    # distill's loop with one thing wrong
    optimizer = torch.optim.Adam(student.parameters(), lr=lr)
    order = torch.arange(len(x))
    for epoch in range(epochs):
        if fresh:
            optimizer = torch.optim.Adam(student.parameters(), lr=lr)
        if zero == "epoch":
            optimizer.zero_grad()
        if shuffle == "anew" or (shuffle == "once" and epoch == 0):
            order = torch.randperm(len(x), generator=generator)
        for rows in order.split(batch):
            if zero == "batch":
                optimizer.zero_grad()
            rows = order if shuffle == "whole" else rows
            targets = v[v_rows][: len(rows)] if v_rows else v[rows]
            labels = y[y_rows][: len(rows)] if y_rows else y[rows]
            logits = student(x[rows])
            soft = T**2 * package.soft_cross_entropy(logits, targets, T)
            (alpha * soft + (1 - alpha) * F.cross_entropy(logits, labels)).backward()
            optimizer.step()


def _small_student() -> nn.Module:
    return mlp(6, 12, 3, generator=torch.Generator().manual_seed(6))


def _vector(model: nn.Module) -> Tensor:
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach()
