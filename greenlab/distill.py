"""Distilling the knowledge in a neural network (Hinton, Vinyals, Dean 2014).

Shapes: logits (n, classes), labels (n,) of class numbers. T is the temperature, T > 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import train


def soften(logits: Tensor, T: float = 1.0) -> Tensor:
    """Softmax at temperature T, q_i = exp(z_i/T) / Σ_j exp(z_j/T) (Equation 1).

    Returns (n, classes), rows summing to 1. Raises ValueError unless T > 0.
    """
    if not T > 0:
        raise ValueError(f"the temperature must be positive, got {T}")
    return torch.softmax(logits / T, dim=-1)


def soft_cross_entropy(student_logits: Tensor, teacher_logits: Tensor, T: float = 1.0) -> Tensor:
    """Mean over the batch of −Σ_i p_i log q_i, p the teacher's and q the student's at T (§2).

    Returns a scalar. No gradient flows to the teacher. Raises ValueError unless T > 0 and the
    shapes agree.
    """
    _same_shape(student_logits, teacher_logits)
    targets = soften(teacher_logits, T).detach()
    return -(targets * F.log_softmax(student_logits / T, dim=-1)).sum(-1).mean()


def distillation_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    labels: Tensor | None = None,
    T: float = 4.0,
    alpha: float = 0.9,
) -> Tensor:
    """α·T²·(soft cross-entropy at T) + (1 − α)·(cross-entropy with the labels at T = 1) (§2).

    T² undoes the 1/T² by which the soft part's gradients shrink. Without labels only the soft
    part is left, α·T²·soft. Returns a scalar. Raises ValueError unless T > 0 and 0 ≤ α ≤ 1.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in [0, 1], got {alpha}")
    soft = alpha * T**2 * soft_cross_entropy(student_logits, teacher_logits, T)
    if labels is None:
        return soft
    return soft + (1 - alpha) * F.cross_entropy(student_logits, labels)


def match_logits(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """½ Σ_i (z_i − v_i)², mean over the batch: regression on the logits, both (n, classes) (§2.1).

    For zero-mean logits T²·soft cross-entropy has this gradient over the number of classes
    as T → ∞. Returns a scalar. Raises ValueError unless the shapes agree.
    """
    _same_shape(student_logits, teacher_logits)
    return 0.5 * (student_logits - teacher_logits.detach()).square().sum(-1).mean()


def cache_logits(teacher: nn.Module, x: Tensor, batch: int = 2000) -> Tensor:
    """The teacher's logits (n, classes) for `x` (n, …), once: evaluation mode, no gradient."""
    return train.predict(teacher, x, batch)


def ensemble_logits(teachers: Iterable[nn.Module], x: Tensor) -> Tensor:
    """Mean logits of several teachers: the geometric mean of their distributions, at every T (§1).

    Returns (n, classes). Raises ValueError when there is no teacher.
    """
    logits = [cache_logits(teacher, x) for teacher in teachers]
    if not logits:
        raise ValueError("an ensemble needs at least one teacher")
    return torch.stack(logits).mean(0)


def distill(
    student: nn.Module,
    x: Tensor,
    teacher_logits: Tensor,
    labels: Tensor | None = None,
    T: float = 4.0,
    alpha: float = 0.9,
    **options,
) -> nn.Module:
    """Train `student` in place on the teacher's cached logits by `distillation_loss`; return it.

    `options` are those of `train.fit` (epochs and generator are needed); for the history of loss
    and errors call `train.fit` itself. Without labels the teacher's outputs are all it sees.
    """

    def loss(logits: Tensor, targets: Tensor, *hard: Tensor) -> Tensor:
        return distillation_loss(logits, targets, *(hard or (None,)), T=T, alpha=alpha)

    data = (x, teacher_logits) if labels is None else (x, teacher_logits, labels)
    train.fit(student, data, loss, **options)
    return student


def distill_unlabeled(
    student: nn.Module, teacher: nn.Module, x: Tensor, T: float = 4.0, **options
) -> nn.Module:
    """Train `student` in place on images without labels, by the teacher's outputs alone (§1).

    The same as `distill` with α = 1 and no labels; returns the student.
    """
    return distill(student, x, cache_logits(teacher, x), T=T, alpha=1.0, **options)


def raise_bias(logits: Tensor, digit: int, shift: float) -> Tensor:
    """A copy of `logits` with `shift` added to the column of class `digit`.

    Raises ValueError when there is no such class.
    """
    if digit not in range(logits.shape[1]):
        raise ValueError(f"digit must be from 0 to {logits.shape[1] - 1}, got {digit}")
    raised = logits.clone()
    raised[:, digit] += shift
    return raised


def best_bias(logits: Tensor, labels: Tensor, digit: int, shifts: Sequence[float]) -> float:
    """The shift of class `digit`'s bias that leaves the fewest errors (§3); on ties the smallest.

    The paper's omitted 3 needs a raise of 3.5. Raises ValueError when `shifts` is empty or
    there is no such class.
    """
    if len(shifts) == 0:
        raise ValueError("best_bias needs at least one shift to try")

    def count(shift: float) -> int:
        return int((raise_bias(logits, digit, shift).argmax(1) != labels).sum())

    return min(sorted(shifts), key=count)


def _same_shape(student_logits: Tensor, teacher_logits: Tensor) -> None:
    if student_logits.shape != teacher_logits.shape:
        raise ValueError(
            f"student and teacher need logits of one shape, got {tuple(student_logits.shape)} "
            f"and {tuple(teacher_logits.shape)}"
        )
