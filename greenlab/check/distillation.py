"""The usual slips in the distillation lab, computed: what each would give, by its name.

Each function returns {the mistake in words: the value it leads to}, for `check.close`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import distill as package
from greenlab import train
from greenlab.zoo import mlp

Slips = dict[str, Tensor | float]


def soften(z: Tensor, T: float) -> Slips:
    """Slips of a softmax at T; z (n, classes)."""
    return {
        "the logits are multiplied by T; divide them": (z * T).softmax(1),
        "T is not used": z.softmax(1),
        "the probabilities are divided by T; divide the logits, before the softmax": z.softmax(1)
        / T,
        "the sum runs over the batch; it should run over the classes (dim=-1)": (z / T).softmax(0),
        "these are log-probabilities; leave out the logarithm": (z / T).log_softmax(1),
        "the exponentials are not divided by their sum": (z / T).exp(),
        "exp overflows on large logits; torch.softmax does not": (z / T).exp()
        / (z / T).exp().sum(1, keepdim=True),
        "T is fixed at 4": (z / 4).softmax(1),
    }


def soft_cross_entropy(z: Tensor, v: Tensor, T: float) -> Slips:
    """Slips of the soft cross-entropy of student logits z and teacher logits v, (n, classes)."""
    p, q, log_q = (v / T).softmax(1), (z / T).softmax(1), (z / T).log_softmax(1)
    right = -(p * log_q).sum(1).mean()
    entropy = torch.special.entr(p).sum(1).mean()
    return {
        "student and teacher are swapped: the teacher's probabilities are the targets": -(
            q * (v / T).log_softmax(1)
        )
        .sum(1)
        .mean(),
        "the mean runs over the classes too: sum over the classes, then average over the batch": (
            right / z.shape[1]
        ),
        "the sum runs over the batch too: average over the digits": right * len(z),
        "the student's logits are not divided by T": -(p * z.log_softmax(1)).sum(1).mean(),
        "the teacher's logits are not divided by T": -(v.softmax(1) * log_q).sum(1).mean(),
        "T is not used": -(v.softmax(1) * z.log_softmax(1)).sum(1).mean(),
        "the minus sign is missing": -right,
        "this is the Kullback-Leibler divergence, smaller by the teacher's entropy; "
        "the exercise asks for -sum p log q": right - entropy,
        "the teacher's best class is used as a hard label; use all its probabilities": (
            F.cross_entropy(z / T, v.argmax(1))
        ),
        "T squared belongs to the next exercise": right * T**2,
        "log(softmax(z)) is log(0) for a student that is very sure: use log_softmax": (
            -(p * q.log()).sum(1).mean()
        ),
    }


def distillation_loss(z: Tensor, v: Tensor, y: Tensor, T: float, alpha: float) -> Slips:
    """Slips of the whole loss; y (n,) labels."""
    soft = package.soft_cross_entropy(z, v, T)
    hard = F.cross_entropy(z, y)
    right = alpha * T**2 * soft + (1 - alpha) * hard
    return {
        "T squared is missing on the soft part": alpha * soft + (1 - alpha) * hard,
        "the soft part is multiplied by T; it should be T squared": right
        + alpha * (T - T**2) * soft,
        "T squared belongs on the soft part alone": T**2 * (alpha * soft + (1 - alpha) * hard),
        "alpha is the weight of the soft part, and 1 - alpha that of the hard part": (
            (1 - alpha) * T**2 * soft + alpha * hard
        ),
        "the hard part is taken at T; it belongs at T = 1": (
            alpha * T**2 * soft + (1 - alpha) * F.cross_entropy(z / T, y)
        ),
        "the soft part is divided by T squared; multiply": alpha * soft / T**2 + (1 - alpha) * hard,
        "alpha is missing": T**2 * soft + hard,
        "only the soft part is there": alpha * T**2 * soft,
        "only the hard part is there": (1 - alpha) * hard,
        "the hard part should weigh 1 - alpha": alpha * T**2 * soft + hard,
    }


def match_logits(z: Tensor, v: Tensor) -> Slips:
    """Slips of logit matching."""
    squares = (z - v).square()
    return {
        "the factor 1/2 is missing": squares.sum(1).mean(),
        "the mean runs over the classes too; sum over them": 0.5 * squares.mean(),
        "this is mse_loss: a mean over the classes too, and no 1/2": squares.mean(),
        "the batch is summed: average over it": 0.5 * squares.sum(),
        "the difference is not squared": 0.5 * (z - v).sum(1).mean(),
        "absolute differences are taken; square them": 0.5 * (z - v).abs().sum(1).mean(),
        "probabilities are compared; compare the logits": (
            0.5 * (z.softmax(1) - v.softmax(1)).square().sum(1).mean()
        ),
    }


def cache_logits(right: Tensor, batch: int) -> Slips:
    """Slips of caching, from the right logits (n, classes)."""
    parts = right.split(batch)
    return {
        "these are probabilities; keep the logits": right.softmax(1),
        "only the last batch is there: collect them all and join them with torch.cat": parts[-1],
        "only the first batch is there: return after the loop": parts[0],
        "the last, shorter batch is missing": right[: len(right) // batch * batch],
        "these are classes; keep the logits": right.argmax(1),
        "the batches are not in the images' order": torch.cat(parts[::-1]),
    }


def ensemble_logits(teachers: Sequence[nn.Module], x: Tensor) -> Slips:
    """Slips of averaging the teachers' logits."""
    each = torch.stack([train.predict(teacher, x) for teacher in teachers])
    return {
        "the logits are summed; average them": each.sum(0),
        "this is the mean of the probabilities; average the logits": each.softmax(2).mean(0),
        "this is the log of the mean probabilities (the arithmetic mean); average the logits": (
            each.softmax(2).mean(0).log()
        ),
        "only the last teacher is heard": each[-1],
        "only the first teacher is heard": each[0],
        "the mean runs over the wrong dimension; average over the teachers (dim=0)": each.mean(1),
        "the logits are not averaged over the teachers": each,
        "this is the mean of the log-probabilities; average the logits themselves": (
            each.log_softmax(2).mean(0)
        ),
    }


def weights_after(function: Callable, *arguments: object, **options: object) -> Tensor:
    """All weights of a small student, always the same at first, that `function` has trained."""
    student = _small_student()
    function(student, *arguments, generator=torch.Generator().manual_seed(7), **options)
    return _vector(student)


def distill(x: Tensor, v: Tensor, y: Tensor, *, T: float, alpha: float, **options) -> Slips:
    """Weights after the usual slips of a distillation loop; x (n, 6), v (n, 3), y (n,)."""

    def ours(v: Tensor = v, T: float = T, alpha: float = alpha, **changes) -> Tensor:
        return weights_after(package.distill, x, v, y, T=T, alpha=alpha, **(options | changes))

    def piling_up(student, generator, epochs, lr, batch) -> None:
        optimizer = torch.optim.Adam(student.parameters(), lr=lr)
        for _ in range(epochs):
            for i in train.batches(len(x), batch, generator):
                package.distillation_loss(student(x[i]), v[i], y[i], T, alpha).backward()
                optimizer.step()

    batch, n = options["batch"], len(x)
    return {
        "the student did not change: is there an optimizer.step()?": _vector(_small_student()),
        "gradients pile up: zero_grad() is missing, or not called for each batch": weights_after(
            piling_up, **options
        ),
        "the student learns from the labels alone; use distillation_loss": ours(alpha=0.0),
        "alpha is not passed on": ours(alpha=0.9),
        "the temperature T is not passed on": ours(T=4.0),
        "the temperature is not used (T = 1)": ours(T=1.0),
        "only one epoch is trained": ours(epochs=1),
        "the data are not split into batches": ours(batch=n),
        "only the first batch of each epoch is used": weights_after(
            package.distill, x[:batch], v[:batch], y[:batch], T=T, alpha=alpha, **options
        ),
        "the teacher's best class is used as the label; use its logits": ours(
            v=40 * F.one_hot(v.argmax(1), v.shape[1]).float()
        ),
    }


def distill_unlabeled(teacher: nn.Module, x: Tensor, *, T: float, **options) -> Slips:
    """Weights after the usual slips of distilling without labels; x (n, 6)."""
    v = train.predict(teacher, x)
    best = v.argmax(1)

    def ours(v: Tensor = v, T: float = T, alpha: float = 1.0) -> Tensor:
        return weights_after(package.distill, x, v, best, T=T, alpha=alpha, **options)

    return {
        "alpha is not 1: the made-up labels have a weight (distill's default is alpha=0.9)": ours(
            alpha=0.9
        ),
        "the teacher's best classes are the only targets; use its logits, with alpha=1": ours(
            alpha=0.0
        ),
        "T is not passed on": ours(T=4.0),
        "T is always 1": ours(T=1.0),
        "probabilities are handed on as logits": ours(v=v.softmax(1)),
        "the student did not change": _vector(_small_student()),
    }


def best_bias(z: Tensor, y: Tensor, digit: int, shifts: Sequence[float]) -> Slips:
    """Slips of the search for the bias; z (n, classes), y (n,), shifts rising."""

    def wrong(shift: float) -> Tensor:
        return package.raise_bias(z, digit, shift).argmax(1) != y

    def least(counts: list[int]) -> float:
        return shifts[counts.index(min(counts))]

    counts = [int(wrong(s).sum()) for s in shifts]
    last = len(counts) - 1 - counts[::-1].index(min(counts))
    running = torch.tensor(shifts).cumsum(0).tolist()
    return {
        "this is the number of the shift; return the shift itself": counts.index(min(counts)),
        "this is the number of errors; return the shift": min(counts),
        "this shift has the most errors; look for the fewest": shifts[counts.index(max(counts))],
        "each shift is added on top of the one before: start from the original logits": least(
            [int(wrong(s).sum()) for s in running]
        ),
        "only the unseen digit is counted; count the errors on all digits": least(
            [int(wrong(s)[y == digit].sum()) for s in shifts]
        ),
        "on ties the smallest shift is asked for": shifts[last],
    }


def unseen_class(n: int, digit: int, seed: int) -> tuple[Tensor, Tensor]:
    """Logits (n, 5) and labels of a student that rates one class about 3 too low."""
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(5, (n,), generator=g)
    z = 2 * torch.randn(n, 5, generator=g) + 6 * F.one_hot(y, 5)
    return package.raise_bias(z, digit, -3.0), y


def _small_student() -> nn.Module:
    return mlp(6, 12, 3, generator=torch.Generator().manual_seed(6))


def _vector(model: nn.Module) -> Tensor:
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach()
