"""The usual slips in selecting a teacher and learning from it: what each would give, by its name.

Functions return {the mistake in words: the value it leads to}, for `check.close`; those that take
the student's function raise NotYet themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from greenlab import check
from greenlab import mimic as package
from greenlab.metrics import Array

Slips = dict[str, Array | Tensor | float]


def made_up(seed: int, models: int = 30, points: int = 60) -> tuple[Array, Array]:
    """Predictions (models, points) of models of several qualities, and targets (points,)."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(points) % 3 == 0).astype(float)
    logits = rng.uniform(0, 1.5, (models, 1)) * (2 * y - 1) + rng.standard_normal((models, points))
    return 1 / (1 + np.exp(-2 * logits)), y


def rmse(p: Array, y: Array) -> Slips:
    """Slips of the RMSE over the last axis of p (n,) or (models, n)."""
    p, y = np.asarray(p, dtype=float), np.asarray(y, dtype=float)
    error = p - y
    squares = np.square(error)
    return {
        "the root is missing": squares.mean(-1),
        "this is the mean magnitude of the errors: square, mean, root, in this order": (
            np.abs(error).mean(-1)
        ),
        "the mean is taken after the root of the sum": np.sqrt(squares.sum(-1)) / y.size,
        "the squares are added up; take their mean": np.sqrt(squares.sum(-1)),
        "the mean comes before the square: then errors up and down cancel": np.abs(error.mean(-1)),
        "the mean goes over all models together; give one number for each: mean(-1)": (
            np.sqrt(squares.mean())
        ),
        "the mean goes over the models, not over the points: mean(-1)": np.sqrt(squares.mean(0)),
        "the probabilities are rounded to classes first; keep them": (
            np.sqrt(np.square((p >= 0.5) - y).mean(-1))
        ),
        "divide by n, not by n - 1": np.sqrt(squares.sum(-1) / (y.size - 1)),
    }


def greedy_step(total: Array, count: int, predictions: Array, targets: Array) -> Slips:
    """Slips of the number of the model that a greedy step adds."""

    def best(means: Array) -> int:
        return int(package.rmse(means, targets).argmin())

    right = package.greedy_step(total, count, predictions, targets)
    means = (total + predictions) / (count + 1)
    losses = package.rmse(means, targets)
    wrong = ((means >= 0.5) != (targets >= 0.5)).mean(1)
    found = {
        "this is the model that is best alone; the one is wanted that makes the best ensemble": (
            best(predictions)
        ),
        "the new model gets half of the weight: the mean is (total + p) / (count + 1)": (
            best((total / max(count, 1) + predictions) / 2)
        ),
        "with the new model there are count + 1 in the ensemble": (
            best((total + predictions) / max(count, 1))
        ),
        "total is a sum, not a mean: (total + p) / (count + 1)": (
            best((total * count + predictions) / (count + 1))
        ),
        "the sum is not divided by count + 1": best(total + predictions),
        "this makes the worst ensemble: argmin, not argmax": int(losses.argmax()),
        "the mean magnitude of the errors decides; take the RMSE": (
            int(np.abs(means - targets).mean(1).argmin())
        ),
        "the number of wrong classes decides; take the RMSE": int(wrong.argmin()),
    }
    found = {mistake: number for mistake, number in found.items() if number != right}
    return found | {
        "this is the best RMSE; give the model's number (argmin)": float(losses.min()),
        "models are numbered from 0": right + 1,
        "these are the RMSEs of all models; give the number of the least (argmin)": losses,
    }


def chosen(function: Callable, seed: int, members: Sequence[int]) -> None:
    """Raise NotYet unless `function(total, count, predictions, targets)` adds the best model.

    The library is `made_up(seed)`; `members` are those that are in already.
    """
    many, truth = made_up(seed)
    total, count = many[list(members)].sum(0), len(members)
    case = total, count, many, truth
    what = f"greedy_step(total, count={count}, …), a choice of {len(many)} models,"
    right, mistakes = package.greedy_step(*case), greedy_step(*case)
    losses = package.rmse((total + many) / (count + 1), truth)
    losses[list(members)] = np.inf
    new = {"models that are in are passed over; one may be added again": int(losses.argmin())}
    before = [total.copy(), many.copy(), truth.copy()]
    for asked in ("once", "again"):
        got = function(*case)
        for name, was, now in zip(
            ("total", "predictions", "targets"), before, (total, many, truth), strict=True
        ):
            check.that(
                np.array_equal(was, now),
                f"greedy_step changes {name}; it should leave it as it is.\n  Likely mistake: +=, "
                "/= or an assignment to a part; total + predictions makes a new array.",
            )
        check.that(
            asked == "once" or got == right,
            "greedy_step gives another model when it is asked the same again; it should be the "
            "same one.\n  Likely mistake: it remembers models and passes over them; one may be "
            "added again.",
        )
        check.close(got, right, what, (new if right in members else {}) | mistakes)


def label(function: Callable, weights: Sequence[float], seed: int = 0, n: int = 7) -> None:
    """Raise NotYet unless `function(x, members, weights)` is the members' weighted mean."""
    rng = np.random.default_rng(seed)
    x, slopes = rng.random((n, 3)), rng.normal(size=(len(weights), 3))
    asked: list[int] = []

    def member(k: int) -> Callable[[Array], Array]:
        def predict(rows: Array) -> Array:
            asked.append(k)
            return 1 / (1 + np.exp(-3 * (np.asarray(rows) - 0.5) @ slopes[k]))

        return predict

    members, what = [member(k) for k in range(len(weights))], f"label(x, members, {list(weights)})"
    got = function(x, members, list(weights))
    seen = set(asked)
    p, w = np.stack([one(x) for one in members]), np.asarray(weights, dtype=float)
    right = w @ p
    mistakes = {
        "the probabilities stand in a column, (n, 1); give them as (n,)": right[:, None],
        "the weights have no effect: member k counts weights[k]": p.mean(0),
        "the weights have no effect among the members that have any": p[w > 0].mean(0),
        "these are classes, 0 and 1; the student learns from probabilities": right >= 0.5,
        "the members vote by classes; take the mean of their probabilities": w @ (p >= 0.5),
        "these are the sums of the probabilities, without weights": p.sum(0),
        "the weights sum to 1: don't divide once more": right / len(w),
        "only the last member counts; add them up": w[-1] * p[-1],
        "only the first member counts; return after the loop": w[0] * p[0],
        "only the member of the largest weight is asked": p[w.argmax()],
        "these are the probabilities of class 0": 1 - right,
    }
    check.close(got, right, what, mistakes)
    needless = sorted(k for k in seen if w[k] == 0)
    check.that(
        not needless,
        f"{what} asks members of weight 0 (number {', '.join(map(str, needless))}).\n  Likely "
        "mistake: nothing passes over them; their answers cost time and change nothing.",
    )


def mimic_loss(logits: Tensor, targets: Tensor) -> Slips:
    """Slips of the loss of logits (n, 1) against a teacher's probabilities (n,)."""
    z, p = logits.detach().squeeze(-1), targets
    right = F.binary_cross_entropy_with_logits(z, p)
    q = z.sigmoid()
    crossed = F.binary_cross_entropy_with_logits(
        z[:, None].expand(-1, len(z)), p.expand(len(z), -1)
    )
    return {
        "logits (n, 1) and targets (n,) were spread to (n, n), each row against all targets: "
        "logits.squeeze(-1) first": crossed,
        "these are the losses of the rows; take their mean": (
            F.binary_cross_entropy_with_logits(z, p, reduction="none")
        ),
        "the sum is taken over the rows; take the mean": right * len(z),
        "the sign is turned round: -mean": -right,
        "the teacher's probabilities are rounded to classes: then the student learns less": (
            F.binary_cross_entropy_with_logits(z, (p >= 0.5).float())
        ),
        "the sigmoid is taken twice: binary_cross_entropy_with_logits takes it itself": (
            F.binary_cross_entropy_with_logits(q, p)
        ),
        "the half with 1 - p is missing": -(p * F.logsigmoid(z)).mean(),
        "the half with p is missing": -((1 - p) * F.logsigmoid(-z)).mean(),
        "p and σ(z) are swapped: the logarithm is the student's": (
            -(q * p.log() + (1 - q) * (1 - p).log()).mean()
        ),
        "p and 1 - p are swapped": F.binary_cross_entropy_with_logits(z, 1 - p),
        "this is the squared error; the exercise asks for the cross-entropy": (
            F.mse_loss(q, p)
        ),
        "this is the squared error of the logits, which are no probabilities": F.mse_loss(z, p),
        "the logarithm has base 2; take the natural one": right / np.log(2.0),
    }  # fmt: skip


def gradient(function: Callable[[Tensor, Tensor], Tensor], logits: Tensor, targets: Tensor) -> None:
    """Raise NotYet unless the loss has its gradient by the logits, (σ(z) − p) / n."""
    z = logits.detach().clone().requires_grad_()
    loss = function(z, targets)
    if isinstance(loss, Tensor) and loss.requires_grad:
        loss.backward()
    check.that(
        z.grad is not None,
        "No gradient of mimic_loss reaches the logits: the student would not learn.\n  Likely "
        "mistake: .item(), float(…), .detach(), .numpy() or a new tensor.",
    )
    right = (logits.detach().sigmoid() - targets[:, None]) / len(targets)
    check.close(z.grad, right, "the gradient of mimic_loss by the logits")


def net_bytes(inputs: int, hidden: int) -> Slips:
    """Slips of the bytes of a net of one hidden layer and one output."""
    weights, biases = inputs * hidden + hidden, hidden + 1
    return {
        "the biases are missing, one for each hidden unit and one for the output; or the whole "
        "output layer": 4 * weights,
        "the output's bias is missing": 4 * (weights + hidden),
        "the hidden units' biases are missing": 4 * (weights + 1),
        "these are parameters; each takes 4 bytes": weights + biases,
        "these are bits; 8 of them make a byte": 32 * (weights + biases),
        "a float32 takes 4 bytes, not 8": 8 * (weights + biases),
        "there is one output, not two": 4 * ((inputs + 1) * hidden + 2 * hidden + 2),
        "there is one hidden layer, not two": (
            4 * ((inputs + 1) * hidden + (hidden + 1) * hidden + hidden + 1)
        ),
    }
