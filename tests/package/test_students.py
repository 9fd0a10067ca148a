"""Students of one hidden layer: what they regress on, and that side by side is one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, mean_squared_error

from greenlab import students


def circle(g: torch.Generator, n: int = 600) -> tuple[torch.Tensor, torch.Tensor]:
    """Points, and a teacher's soft word on whether they lie within a circle."""
    x = torch.rand(n, 2, generator=g)
    return x, torch.sigmoid(20 * (0.16 - ((x - 0.5) ** 2).sum(1)) * 2)


def off(model: torch.nn.Module, x: torch.Tensor, p: torch.Tensor) -> float:
    return float((students.probabilities(model, x) - p).square().mean().sqrt())


def test_losses_are_scikit_learns(g):
    logits, y = torch.randn(50, 1, generator=g), torch.rand(50, generator=g).round()
    q = logits.squeeze(1).double().sigmoid().numpy()
    assert float(students.squared_error(logits, y)) == pytest.approx(
        mean_squared_error(y, q), rel=1e-5
    )
    assert float(students.cross_entropy(logits, y)) == pytest.approx(log_loss(y, q), rel=1e-5)


@pytest.mark.parametrize("loss", students.LOSSES)
def test_both_losses_are_least_at_the_teachers_probability(loss, g):
    p = torch.tensor([0.02, 0.3, 0.5, 0.97])
    at = torch.logit(p)[:, None].requires_grad_()
    students.LOSSES[loss](at, p).backward()
    assert at.grad.abs().max() < 1e-6
    lower = students.LOSSES[loss](at.detach() - 0.1, p)
    assert lower > students.LOSSES[loss](at.detach(), p)


@pytest.mark.parametrize("loss", students.LOSSES)
def test_students_come_to_say_what_their_teacher_says(loss, g):
    x, p = circle(g)
    x_new, p_new = circle(g)
    models = students.fit([1, 8, 64], x, p, generators=g, epochs=40, loss=loss)
    errors = [off(model, x_new, p_new) for model in models]
    assert [model[0].out_features for model in models] == [1, 8, 64]
    assert errors[2] < 0.05 < 0.2 < errors[0]  # one unit is a line, no circle
    assert errors[2] <= errors[1] < errors[0]


def test_a_student_takes_x_as_it_was_given(g):
    # What they learn does not depend on where the attributes lie and how far they spread.
    x, p = circle(g)
    moved = x * torch.tensor([30.0, 0.01]) + torch.tensor([-70.0, 5.0])
    a, b = (
        students.fit([16], inputs, p, generators=torch.Generator().manual_seed(1), epochs=4)[0]
        for inputs in (x, moved)
    )
    torch.testing.assert_close(
        students.probabilities(a, x), students.probabilities(b, moved), atol=2e-3, rtol=0
    )


def test_an_attribute_that_never_changes_does_no_harm(g):
    x, p = circle(g)
    x[:, 1] = 0.25
    (model,) = students.fit([8], x, p, generators=g, epochs=2)
    assert students.probabilities(model, x).isfinite().all()


def test_side_by_side_is_one_by_one(g):
    x, p = circle(g, 300)

    def generator(seed: int) -> torch.Generator:
        return torch.Generator().manual_seed(seed)

    both = students.fit([4, 32], x, p, generators=[generator(1), generator(2)], epochs=4)
    for seed, width, model in zip((1, 2), (4, 32), both, strict=True):
        (alone,) = students.fit([width], x, p, generators=[generator(seed)], epochs=4)
        torch.testing.assert_close(
            students.probabilities(model, x), students.probabilities(alone, x), atol=1e-4, rtol=0
        )


def test_the_same_seed_gives_the_same_students(g):
    x, p = circle(g, 200)

    def fitted(seed: int, noise: int) -> np.ndarray:
        torch.manual_seed(noise)
        generator = torch.Generator().manual_seed(seed)
        models = students.fit([3, 9], x, p, generators=generator, epochs=3)
        return np.stack([students.probabilities(model, x).numpy() for model in models])

    np.testing.assert_array_equal(fitted(1, 1), fitted(1, 2))
    assert not np.array_equal(fitted(1, 1), fitted(2, 1))


@pytest.mark.parametrize(
    ("widths", "options", "told"),
    [
        ([4], {"loss": "mse"}, "unknown loss 'mse'"),
        ([4], {"epochs": 1}, "2 epochs or more"),
        ([0], {}, "positive sizes"),
        ([], {}, "a width or more"),
    ],
)
def test_students_refuse(widths, options, told, g):
    with pytest.raises(ValueError, match=told):
        students.fit(widths, *circle(g, 20), generators=g, **options)


def test_a_loss_may_be_a_function_of_ones_own(g):
    x, p = circle(g)

    def own(logits, targets):
        return students.cross_entropy(logits, targets)

    a, b = (
        students.fit([4, 9], x, p, generators=torch.Generator().manual_seed(1), epochs=3, loss=loss)
        for loss in ("cross_entropy", own)
    )
    for one, other in zip(a, b, strict=True):
        torch.testing.assert_close(one.state_dict(), other.state_dict())
