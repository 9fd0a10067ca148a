"""The usual slips in the distillation lab, computed: what each would give, by its name.

Most functions return {the mistake in words: the value it leads to}, for `check.close`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import check, train
from greenlab import distill as package

Slips = dict[str, Tensor | float]


def soften(z: Tensor, T: float) -> Slips:
    """Slips of a softmax at T; z (n, classes)."""
    return {
        "the logits are multiplied by T; divide them": (z * T).softmax(1),
        "T has no effect; divide the logits by it, before the softmax": z.softmax(1),
        "the probabilities are divided by T; divide the logits, before the softmax": z.softmax(1)
        / T,
        "the sum runs over the batch; it should run over the classes (dim=-1)": (z / T).softmax(0),
        "these are log-probabilities; leave out the logarithm": (z / T).log_softmax(1),
        "the exponentials are not divided by their sum": (z / T).exp(),
        "T is missing in the sum below": (z / T).exp() / z.exp().sum(1, keepdim=True),
        "the exponentials underflow; subtract the largest logit of each row, not of the table": (
            ((z - z.max()) / T).exp() / ((z - z.max()) / T).exp().sum(1, keepdim=True)
        ),
        "exp overflows on large logits; torch.softmax does not": (z / T).exp()
        / (z / T).exp().sum(1, keepdim=True),
        "T is fixed at 4": (z / 4).softmax(1),
    }


def soft_cross_entropy(z: Tensor, v: Tensor, T: float) -> Slips:
    """Slips of the soft cross-entropy of student logits z and teacher logits v, (n, classes)."""
    p, q, log_q = (v / T).softmax(1), (z / T).softmax(1), (z / T).log_softmax(1)
    right, n, classes = -(p * log_q).sum(1).mean(), *z.shape
    divergence = right - torch.special.entr(p).sum(1).mean()
    return {
        "student and teacher are swapped: the teacher's probabilities are the targets": -(
            q * (v / T).log_softmax(1)
        )
        .sum(1)
        .mean(),
        "the mean runs over the classes too: sum over the classes, then average over the batch": (
            right / classes
        ),
        "the sum runs over the batch too: average over the digits": right * n,
        "the student's logits are not divided by T": -(p * z.log_softmax(1)).sum(1).mean(),
        "the teacher's logits are not divided by T": -(v.softmax(1) * log_q).sum(1).mean(),
        "T is not used": -(v.softmax(1) * z.log_softmax(1)).sum(1).mean(),
        "the minus sign is missing": -right,
        "the logarithm is missing: -sum p log q": -(p * q).sum(1).mean(),
        "this is the Kullback-Leibler divergence, smaller by the teacher's entropy; "
        "the exercise asks for -sum p log q": divergence,
        "this is kl_div with its mean over the classes too; sum over the classes, and leave out "
        "the teacher's entropy: -sum p log q": divergence / classes,
        "this is kl_div with student and teacher swapped; the exercise asks for -sum p log q, "
        "p the teacher's": F.kl_div((v / T).log_softmax(1), q, reduction="batchmean"),
        "kl_div was given probabilities where it wants the student's log-probabilities": (
            F.kl_div(q, p, reduction="batchmean")
        ),
        "the softmax is taken twice: cross_entropy wants the student's logits, over T": (
            F.cross_entropy(q, p)
        ),
        "the teacher's logits are used as they are; make probabilities of them": (
            -(v / T * log_q).sum(1).mean()
        ),
        "the softmax runs over the batch; it should run over the classes (dim=-1)": (
            -((v / T).softmax(0) * (z / T).log_softmax(0)).sum(1).mean()
        ),
        "the teacher's best class is used as a hard label; use all its probabilities": (
            F.cross_entropy(z / T, v.argmax(1))
        ),
        "T squared belongs to the next exercise": right * T**2,
        "log(softmax(z)) is log(0) for a student that is very sure: use log_softmax": (
            -(p * q.log()).sum(1).mean()
        ),
    } | {
        f"log(q + {eps:g}) cuts the loss off; use log_softmax": -(p * (q + eps).log()).sum(1).mean()
        for eps in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
    }


def distillation_loss(z: Tensor, v: Tensor, y: Tensor, T: float, alpha: float) -> Slips:
    """Slips of the whole loss; y (n,) labels."""
    soft = package.soft_cross_entropy(z, v, T)
    hard = F.cross_entropy(z, y)
    divergence = soft - torch.special.entr((v / T).softmax(1)).sum(1).mean()

    def loss(soft: Tensor = soft, hard: Tensor = hard) -> Tensor:
        return alpha * T**2 * soft + (1 - alpha) * hard

    return {
        "T squared is missing on the soft part": alpha * soft + (1 - alpha) * hard,
        "the soft part is multiplied by T; it should be T squared": loss(soft / T),
        "the soft part is multiplied by 2 T; it should be T squared, T**2": loss(2 * soft / T),
        "T squared belongs on the soft part alone": T**2 * (alpha * soft + (1 - alpha) * hard),
        "alpha is the weight of the soft part, and 1 - alpha that of the hard part": (
            (1 - alpha) * T**2 * soft + alpha * hard
        ),
        "the hard part is taken at T; it belongs at T = 1": (loss(hard=F.cross_entropy(z / T, y))),
        "T squared is on the hard part; it belongs on the soft part": (
            alpha * soft + (1 - alpha) * T**2 * hard
        ),
        "the hard part asks the teacher; it should ask the student": loss(
            hard=F.cross_entropy(v, y)
        ),
        "the softmax is taken twice in the hard part: cross_entropy wants logits": loss(
            hard=F.cross_entropy(z.softmax(1), y)
        ),
        "student and teacher are swapped in the soft part": loss(
            package.soft_cross_entropy(v, z, T)
        ),
        "the soft part is taken at T = 1: pass T on to it": loss(package.soft_cross_entropy(z, v)),
        "the soft part is the Kullback-Leibler divergence; use soft_cross_entropy": (
            loss(divergence)
        ),
        "the soft part is the Kullback-Leibler divergence, and averaged over the classes too; "
        "use soft_cross_entropy": loss(divergence / z.shape[1]),
        "the soft part is averaged over the classes too; use soft_cross_entropy": (
            loss(soft / z.shape[1])
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
        "the square is taken after the sum; square each difference": (
            0.5 * (z - v).sum(1).square().mean()
        ),
        "the root is taken; keep the square": 0.5 * squares.sum(1).sqrt().mean(),
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
        "these are log-probabilities; keep the logits": right.log_softmax(1),
        "the images' order is lost": right.flip(0),
        "these are classes; keep the logits": right.argmax(1),
        "the batches are not in the images' order": torch.cat(parts[::-1]),
    }


def twice(first: Tensor, second: Tensor) -> Slips:
    """The slip of a teacher that answers the same question in two ways."""
    tensors = isinstance(first, Tensor) and isinstance(second, Tensor)
    if not tensors or first.shape != second.shape or torch.allclose(first, second):
        return {}
    return {"two calls differ: dropout is on; put the teacher in evaluation mode, .eval()": first}


class Watched(nn.Module):
    """A network that keeps count of the rows it is asked: in all, and at most at once."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network
        self.register_buffer("rows", torch.tensor(0))
        self.register_buffer("most", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        self.rows += len(x)
        self.most.clamp_(min=len(x))
        return self.network(x)


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
        "these are probabilities; average the logits": each.mean(0).softmax(1),
        "these are log-probabilities; keep the mean of the logits": each.mean(0).log_softmax(1),
        "the mean runs over the images too; average over the teachers alone": each.mean((0, 1)),
        "the median is taken; average the logits": each.median(0).values,
        "the weights halve from teacher to teacher: add them all up, then divide once": _halving(
            each
        ),
        "this is the mean of the log-probabilities; average the logits themselves": (
            each.log_softmax(2).mean(0)
        ),
    }


def gradient(loss: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """The gradient of `loss(z)` by the student's logits z. Raises NotYet when there is none."""
    z = z.clone().requires_grad_()
    value = loss(z)
    if isinstance(value, Tensor) and value.requires_grad:
        value.backward()
    check.that(
        z.grad is not None,
        "No gradient reaches the student's logits, so nothing could learn from this loss.\n"
        "  Likely mistake: .item(), float(…), .detach(), a new tensor or torch.no_grad().",
    )
    return z.grad


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
        "each shift is added on top of the one before: start from the original logits": least(
            [int(wrong(s).sum()) for s in running]
        ),
        "only the unseen digit is counted; count the errors on all digits": least(
            [int(wrong(s)[y == digit].sum()) for s in shifts]
        ),
        "on ties the smallest shift is asked for": shifts[last],
        "the shift is subtracted; add it": least([int(wrong(-s).sum()) for s in shifts]),
        "this is the first shift: return only after the loop, add the shift to the column of the "
        "digit alone, [:, digit], and count the errors (!=) on all digits": shifts[0],
        "this is the last shift, or that of the most errors: keep a shift only if it has fewer "
        "errors than the best so far": (shifts[-1]),
    }


def unseen_class(n: int, digit: int, seed: int) -> tuple[Tensor, Tensor]:
    """Logits (n, 5) and labels of a student that rates one class about 3 too low."""
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(5, (n,), generator=g)
    z = 3 * torch.randn(n, 5, generator=g) + 6 * F.one_hot(y, 5)
    return package.raise_bias(z, digit, -3.0), y


def _halving(each: Tensor) -> Tensor:
    mean = each[0]
    for logits in each[1:]:
        mean = (mean + logits) / 2
    return mean
