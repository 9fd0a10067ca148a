"""Distillation against independent forms: scipy, explicit sums, limits, brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import distill, train, zoo

SHAPES = {"n": st.integers(1, 6), "c": st.integers(1, 7), "seed": st.integers(0, 10_000)}
TEMPERATURES = st.floats(0.1, 100)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def logits(n: int, c: int, seed: int, scale: float = 3.0) -> tuple[Tensor, Tensor]:
    """Student's and teacher's logits (n, c), float64."""
    g = seeded(seed)
    return tuple(scale * torch.randn(n, c, generator=g, dtype=torch.float64) for _ in range(2))


def by_sums(z: Tensor, v: Tensor, T: float) -> float:
    """The soft cross-entropy, one term after the other."""
    total = 0.0
    for zs, vs in zip(z.tolist(), v.tolist(), strict=True):
        q_sum = sum(math.exp(a / T) for a in zs)
        p_sum = sum(math.exp(a / T) for a in vs)
        for a, b in zip(zs, vs, strict=True):
            total -= math.exp(b / T) / p_sum * math.log(math.exp(a / T) / q_sum)
    return total / len(z)


def gradient(loss, z: Tensor) -> Tensor:
    """The gradient of `loss(z)` at z."""
    z = z.clone().requires_grad_()
    return torch.autograd.grad(loss(z), z)[0]


# soften


@given(**SHAPES, T=TEMPERATURES)
def test_soften_is_scipy_s_softmax(n, c, seed, T):
    z, _ = logits(n, c, seed)
    np.testing.assert_allclose(distill.soften(z, T), softmax(z.numpy() / T, axis=1), atol=1e-12)


@given(n=st.integers(1, 5), seed=st.integers(0, 1000), T=st.floats(1e-3, 1e6))
def test_softened_rows_sum_to_one_and_keep_their_order(n, seed, T):
    z = 50 * torch.randn(n, 5, generator=seeded(seed))
    q = distill.soften(z, T)
    torch.testing.assert_close(q.sum(1), torch.ones(n))
    assert (q >= 0).all()
    assert (q.gather(1, z.argmax(1, keepdim=True)).squeeze(1) == q.amax(1)).all()


def test_soften_at_its_ends():
    z = torch.tensor([[2.0, 1.0, -1.0], [0.0, 0.0, -5.0]])
    torch.testing.assert_close(distill.soften(z, 1), F.softmax(z, 1))
    torch.testing.assert_close(distill.soften(z), distill.soften(z, 1.0))
    torch.testing.assert_close(distill.soften(z, 1e8), torch.full((2, 3), 1 / 3))
    hard = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])  # ties share
    torch.testing.assert_close(distill.soften(z, 1e-6), hard)
    big = torch.tensor([[1000.0, 990.0], [-1000.0, -1000.0]])
    torch.testing.assert_close(distill.soften(big)[1], torch.tensor([0.5, 0.5]))
    assert torch.isfinite(distill.soften(big, 0.01)).all()


def test_soften_of_one_class_or_of_nothing():
    assert torch.equal(distill.soften(torch.tensor([[7.0], [-3.0]]), 3), torch.ones(2, 1))
    assert distill.soften(torch.zeros(0, 4), 2).shape == (0, 4)


def test_soften_keeps_the_logits():
    z = torch.tensor([[1.0, 2.0]])
    distill.soften(z, 4)
    assert z.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("T", [0, 0.0, -1, -1e-9, float("nan")])
def test_a_temperature_that_is_not_positive_is_refused(T):
    z = torch.zeros(2, 3)
    y = torch.zeros(2, dtype=torch.int64)
    for call in (
        lambda: distill.soften(z, T),
        lambda: distill.soft_cross_entropy(z, z, T),
        lambda: distill.distillation_loss(z, z, y, T=T),
    ):
        with pytest.raises(ValueError, match="temperature must be positive"):
            call()


# soft_cross_entropy


@given(**SHAPES, T=st.floats(0.2, 100))
def test_soft_cross_entropy_is_its_sum(n, c, seed, T):
    z, v = logits(n, c, seed)
    assert distill.soft_cross_entropy(z, v, T).item() == pytest.approx(by_sums(z, v, T), abs=1e-9)


@given(**SHAPES, T=TEMPERATURES)
def test_soft_cross_entropy_is_the_divergence_plus_the_teacher_s_entropy(n, c, seed, T):
    z, v = logits(n, c, seed)
    p = softmax(v.numpy() / T, axis=1)
    kl = F.kl_div(F.log_softmax(z / T, 1), torch.from_numpy(p), reduction="batchmean")
    entropy = -(p * log_softmax(v.numpy() / T, axis=1)).sum(1).mean()
    expected = kl.item() + entropy
    assert distill.soft_cross_entropy(z, v, T).item() == pytest.approx(expected, abs=1e-9)


@given(**SHAPES)
def test_it_is_least_where_the_student_says_what_the_teacher_says(n, c, seed):
    z, v = logits(n, c, seed)
    best = distill.soft_cross_entropy(v + 5.0, v, 3.0)  # a shift of a row changes nothing
    assert distill.soft_cross_entropy(z, v, 3.0) >= best - 1e-12
    torch.testing.assert_close(best, distill.soft_cross_entropy(v, v, 3.0))


def test_against_hard_targets_it_is_cross_entropy():
    z, _ = logits(5, 4, 0)
    y = torch.tensor([0, 3, 1, 1, 2])
    sure = 1e4 * F.one_hot(y, 4).double()
    torch.testing.assert_close(distill.soft_cross_entropy(z, sure, 1.0), F.cross_entropy(z, y))


@given(**SHAPES, T=TEMPERATURES, copies=st.integers(2, 4))
def test_the_mean_is_over_the_batch(n, c, seed, T, copies):
    z, v = logits(n, c, seed)
    once = distill.soft_cross_entropy(z, v, T)
    again = distill.soft_cross_entropy(z.repeat(copies, 1), v.repeat(copies, 1), T)
    torch.testing.assert_close(once, again)


@given(n=st.integers(1, 5), c=st.integers(1, 5), seed=st.integers(0, 1000), more=st.integers(1, 9))
def test_the_sum_is_over_the_classes(n, c, seed, more):
    # Classes that nobody believes in change nothing; a mean over classes would shrink.
    z, v = logits(n, c, seed)
    for T in (1.0, 8.0):
        once = distill.soft_cross_entropy(z, v, T)
        pad = torch.full((n, more), -1e5, dtype=torch.float64)
        wide = distill.soft_cross_entropy(torch.cat([z, pad], 1), torch.cat([v, pad], 1), T)
        torch.testing.assert_close(once, wide)


def test_a_student_that_is_very_sure_and_wrong_costs_a_finite_price():
    z = torch.tensor([[300.0, 0.0]])
    assert distill.soft_cross_entropy(z, z.flip(1), 1.0).item() == pytest.approx(300)
    assert torch.isfinite(
        gradient(lambda z: distill.soft_cross_entropy(z, -z.detach(), 0.1), z)
    ).all()


@pytest.mark.parametrize("loss", ["soft_cross_entropy", "distillation_loss", "match_logits"])
def test_no_gradient_flows_to_the_teacher(loss):
    z, v = (t.requires_grad_() for t in logits(3, 4, 0))
    getattr(distill, loss)(z, v).backward()
    assert z.grad.abs().sum() > 0
    assert v.grad is None


@given(**SHAPES, T=TEMPERATURES)
def test_the_gradient_is_q_minus_p_over_T(n, c, seed, T):
    # Equation 2 of the paper.
    z, v = logits(n, c, seed)
    got = gradient(lambda z: distill.soft_cross_entropy(z, v, T), z)
    expected = (softmax(z.numpy() / T, axis=1) - softmax(v.numpy() / T, axis=1)) / T / n
    np.testing.assert_allclose(got, expected, atol=1e-12)


@given(n=st.integers(1, 5), c=st.integers(2, 10), seed=st.integers(0, 1000))
def test_at_high_temperatures_it_matches_zero_mean_logits(n, c, seed):
    # Equation 4: dC/dz ≈ (z − v) / (N T²), the logits of each case with mean zero.
    z, v = (t - t.mean(1, keepdim=True) for t in logits(n, c, seed))
    T = 1e4
    got = gradient(lambda z: distill.distillation_loss(z, v, T=T, alpha=1.0), z)
    torch.testing.assert_close(got, (z - v) / (n * c), rtol=5e-3, atol=1e-4 / n)
    matching = gradient(lambda z: distill.match_logits(z, v), z)
    torch.testing.assert_close(got, matching / c, rtol=5e-3, atol=1e-4 / n)


def test_logits_that_are_not_zero_mean_don_t_match():
    z, v = logits(4, 5, 0)
    got = gradient(lambda z: distill.distillation_loss(z, v + 7, T=1e4, alpha=1.0), z)
    assert (got - (z - v - 7) / 20).abs().max() > 0.1


# distillation_loss


def norms(temperatures: list[float], squared: bool) -> list[float]:
    z, v = logits(200, 10, 1)

    def loss(T: float):
        if squared:
            return lambda z: distill.distillation_loss(z, v, T=T, alpha=1.0)
        return lambda z: distill.soft_cross_entropy(z, v, T)

    return [gradient(loss(T), z).norm().item() for T in temperatures]


def test_T_squared_keeps_the_gradient_s_scale():
    eight, sixteen, thirty_two = norms([8, 16, 32], squared=True)
    assert sixteen == pytest.approx(eight, rel=0.06)
    assert thirty_two == pytest.approx(eight, rel=0.06)


def test_without_T_squared_it_falls_as_one_over_T_squared():
    eight, sixteen, thirty_two = norms([8, 16, 32], squared=False)
    assert eight / sixteen == pytest.approx(4, rel=0.06)
    assert eight / thirty_two == pytest.approx(16, rel=0.06)


@given(**SHAPES, T=st.floats(0.2, 50), alpha=st.floats(0, 1))
def test_the_loss_is_its_formula(n, c, seed, T, alpha):
    z, v = logits(n, c, seed)
    y = torch.randint(c, (n,), generator=seeded(seed))
    hard = -log_softmax(z.numpy(), axis=1)[range(n), y.numpy()].mean()
    expected = alpha * T**2 * by_sums(z, v, T) + (1 - alpha) * hard
    got = distill.distillation_loss(z, v, y, T, alpha).item()
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_alpha_0_is_the_labels_alone_and_alpha_1_the_teacher_alone():
    z, v = logits(6, 4, 3)
    y = torch.tensor([0, 1, 2, 3, 0, 1])
    other = (y + 1) % 4
    labels_alone = distill.distillation_loss(z, v, y, 4.0, 0.0)
    torch.testing.assert_close(labels_alone, F.cross_entropy(z, y))
    torch.testing.assert_close(labels_alone, distill.distillation_loss(z, -v, y, 9.0, 0))
    teacher_alone = distill.distillation_loss(z, v, y, 4.0, 1.0)
    torch.testing.assert_close(teacher_alone, distill.distillation_loss(z, v, other, 4.0, 1))
    torch.testing.assert_close(teacher_alone, 16 * distill.soft_cross_entropy(z, v, 4.0))


def test_without_labels_the_soft_part_keeps_its_weight():
    z, v = logits(6, 4, 3)
    for alpha in (0.0, 0.3, 1.0):
        got = distill.distillation_loss(z, v, None, 4.0, alpha)
        torch.testing.assert_close(got, alpha * 16 * distill.soft_cross_entropy(z, v, 4.0))


@pytest.mark.parametrize("alpha", [-0.01, 1.01, float("nan"), float("inf")])
def test_alpha_outside_0_and_1_is_refused(alpha):
    z, v = logits(2, 3, 0)
    with pytest.raises(ValueError, match=r"alpha must lie in \[0, 1\]"):
        distill.distillation_loss(z, v, torch.tensor([0, 1]), 4.0, alpha)


# match_logits


@given(**SHAPES)
def test_match_logits_is_its_sum(n, c, seed):
    z, v = logits(n, c, seed)
    rows = zip(z.tolist(), v.tolist(), strict=True)
    expected = sum(0.5 * (a - b) ** 2 for zs, vs in rows for a, b in zip(zs, vs, strict=True)) / n
    assert distill.match_logits(z, v).item() == pytest.approx(expected)
    got = gradient(lambda z: distill.match_logits(z, v), z)
    torch.testing.assert_close(got, (z - v) / n)


# cache_logits, ensemble_logits


def test_cached_logits_are_the_teacher_s_in_order_and_without_dropout(g):
    teacher = zoo.mlp(6, 20, 3, dropout=0.5, generator=g).train()
    x = torch.randn(11, 6, generator=g)
    got = distill.cache_logits(teacher, x, batch=4)
    assert teacher.training
    teacher.eval()
    torch.testing.assert_close(got, torch.cat([teacher(row[None]) for row in x]).detach())
    assert not got.requires_grad


@given(k=st.integers(1, 5), seed=st.integers(0, 1000), T=st.floats(0.2, 50))
def test_an_ensemble_s_logits_give_the_geometric_mean_of_the_distributions(k, seed, T):
    g = seeded(seed)
    teachers = [zoo.mlp(4, 8, 5, generator=g).double() for _ in range(k)]
    x = 3 * torch.randn(6, 4, generator=g, dtype=torch.float64)
    product = np.ones((6, 5))
    for teacher in teachers:
        product *= softmax(teacher(x).detach().numpy() / T, axis=1) ** (1 / k)
    expected = product / product.sum(1, keepdims=True)
    got = distill.soften(distill.ensemble_logits(teachers, x), T)
    np.testing.assert_allclose(got, expected, atol=1e-10)


def test_ensemble_logits_takes_any_iterable_and_the_shipped_ensemble_agrees(digits):
    ensemble = zoo.load("ensemble_10x100")
    x = digits.test_x[:30]
    got = distill.ensemble_logits((member for member in ensemble.members), x)
    torch.testing.assert_close(got, ensemble(x).detach(), atol=1e-5, rtol=1e-5)


def test_an_ensemble_of_nobody_is_refused():
    with pytest.raises(ValueError, match="at least one teacher"):
        distill.ensemble_logits([], torch.zeros(2, 4))


# distill, distill_unlabeled


def classroom() -> tuple[nn.Module, Tensor, Tensor]:
    """A teacher, images and labels that are the teacher's best classes, every fifth wrong."""
    g = seeded(5)
    teacher = zoo.mlp(6, 20, 3, dropout=0.5, generator=g)
    x = 2 * torch.randn(60, 6, generator=g)
    y = (train.predict(teacher, x).argmax(1) + (torch.arange(60) % 5 == 0)) % 3
    return teacher, x, y


def student() -> nn.Sequential:
    return zoo.mlp(6, 12, 3, generator=seeded(6))


def vector(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def options(**changes: object) -> dict:
    return {"epochs": 5, "lr": 0.01, "batch": 16, "generator": seeded(7)} | changes


@pytest.mark.parametrize("labeled", [True, False])
def test_distill_is_the_plain_loop_over_its_loss(labeled):
    teacher, x, y = classroom()
    v = distill.cache_logits(teacher, x)
    ours, theirs = student(), student()
    trained = distill.distill(ours, x, v, y if labeled else None, 3.0, 0.7, **options())
    assert trained is ours

    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01, foreach=False)
    g = seeded(7)
    for _ in range(5):
        for rows in torch.randperm(60, generator=g).split(16):
            z = theirs(x[rows])
            p, log_q = F.softmax(v[rows] / 3, 1), F.log_softmax(z / 3, 1)
            loss = 0.7 * 9 * -(p * log_q).sum(1).mean()
            if labeled:
                loss = loss + 0.3 * F.cross_entropy(z, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    torch.testing.assert_close(vector(ours), vector(theirs), atol=1e-5, rtol=1e-4)


def test_distill_lowers_its_loss_and_the_student_comes_to_agree():
    teacher, x, y = classroom()
    v = distill.cache_logits(teacher, x)
    model = student()
    before = distill.soft_cross_entropy(train.predict(model, x), v, 4.0).item()
    distill.distill(model, x, v, y, **options(epochs=40))
    after = distill.soft_cross_entropy(train.predict(model, x), v, 4.0).item()
    floor = distill.soft_cross_entropy(v, v, 4.0).item()
    assert after - floor < 0.2 * (before - floor)
    agree = (train.predict(model, x).argmax(1) == v.argmax(1)).float().mean()
    assert agree > 0.9


def test_distill_at_alpha_0_is_training_on_the_labels():
    teacher, x, y = classroom()
    a, b = student(), student()
    distill.distill(a, x, distill.cache_logits(teacher, x), y, alpha=0.0, **options())
    train.fit(b, (x, y), **options())
    torch.testing.assert_close(vector(a), vector(b))


def test_distilling_without_labels_is_distilling_at_alpha_1():
    teacher, x, y = classroom()
    a, b, c = student(), student(), student()
    v = distill.cache_logits(teacher, x)
    distill.distill_unlabeled(a, teacher.train(), x, T=2.0, **options())
    distill.distill(b, x, v, T=2.0, alpha=1.0, **options())
    distill.distill(c, x, v, y, T=2.0, alpha=1.0, **options())
    assert torch.equal(vector(a), vector(b))
    torch.testing.assert_close(vector(a), vector(c))


def test_the_teacher_does_not_learn():
    teacher, x, _ = classroom()
    before = vector(teacher).clone()
    distill.distill_unlabeled(student(), teacher, x, **options())
    assert torch.equal(vector(teacher), before)
    assert all(p.grad is None for p in teacher.parameters())


def test_distill_refuses_what_its_parts_refuse():
    teacher, x, y = classroom()
    v = distill.cache_logits(teacher, x)
    with pytest.raises(ValueError, match="temperature"):
        distill.distill(student(), x, v, y, T=0, **options())
    with pytest.raises(ValueError, match="alpha"):
        distill.distill(student(), x, v, y, alpha=2, **options())
    with pytest.raises(ValueError, match="lengths"):
        distill.distill(student(), x, v[:5], y, **options())


def test_a_student_learns_digits_from_the_teacher_s_outputs_alone(digits):
    model = zoo.mlp(784, 30, 10, generator=seeded(1))
    x = digits.train_x[:1500]
    teacher = zoo.load("ensemble_10x100")
    distill.distill_unlabeled(model, teacher, x, **options(epochs=10, lr=4e-3, batch=50))
    assert train.errors(model, digits.test_x, digits.test_y) < 300  # of 2,000


# best_bias, raise_bias


def brute(z: Tensor, y: Tensor, digit: int, shifts: list[float]) -> float:
    """The smallest of the shifts with the fewest errors, by nested loops."""
    results = []
    for shift in shifts:
        wrong = 0
        for row, label in zip(z.tolist(), y.tolist(), strict=True):
            row[digit] += shift
            wrong += max(range(len(row)), key=row.__getitem__) != label
        results.append((wrong, shift))
    return min(results)[1]


@given(
    n=st.integers(1, 12),
    c=st.integers(1, 4),
    seed=st.integers(0, 10_000),
    shifts=st.lists(st.integers(-12, 12).map(lambda k: k / 4 + 0.125), min_size=1, max_size=8),
)
def test_best_bias_is_the_first_of_the_best(n, c, seed, shifts):
    # Logits are whole numbers and shifts are not, so no two classes ever tie after a raise
    # except those that are not raised, where both sides take the first.
    g = seeded(seed)
    z = torch.randint(-4, 5, (n, c), generator=g).float()
    y = torch.randint(c, (n,), generator=g)
    digit = seed % c
    assert distill.best_bias(z, y, digit, shifts) == brute(z, y, digit, shifts)


def test_best_bias_on_ties_is_the_smallest_in_any_order():
    z, y = 9.0 * torch.eye(3), torch.arange(3)
    for shifts in ([-1.0, 0.0, 1.0], [1.0, 0.0, -1.0], (0.0, 1.0, -1.0)):
        assert distill.best_bias(z, y, 2, shifts) == -1.0


def test_best_bias_finds_the_missing_bias():
    g = seeded(9)
    y = torch.randint(10, (2000,), generator=g)
    z = torch.randn(2000, 10, generator=g) + 3 * F.one_hot(y, 10)
    z[:, 3] -= 3.5
    shifts = [k / 4 for k in range(-8, 41)]
    assert distill.best_bias(z, y, 3, shifts) == pytest.approx(3.5, abs=0.75)


def test_best_bias_needs_a_shift():
    with pytest.raises(ValueError, match="at least one shift"):
        distill.best_bias(torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64), 0, [])


@pytest.mark.parametrize("digit", [-1, 3, 10])
def test_a_bias_of_no_class_is_refused(digit):
    z, y = torch.zeros(2, 3), torch.tensor([0, 1])
    with pytest.raises(ValueError, match="from 0 to 2"):
        distill.best_bias(z, y, digit, [1.0])
    with pytest.raises(ValueError, match="from 0 to 2"):
        distill.raise_bias(z, digit, 1.0)


@pytest.mark.parametrize("name", ["soft_cross_entropy", "match_logits", "distillation_loss"])
@pytest.mark.parametrize("other", [(1, 10), (4, 1), (4, 9), (10,)])
def test_logits_of_different_shapes_are_not_broadcast(name, other):
    loss = getattr(distill, name)
    with pytest.raises(ValueError, match="one shape"):
        loss(torch.zeros(4, 10), torch.zeros(other))
    with pytest.raises(ValueError, match="one shape"):
        loss(torch.zeros(other), torch.zeros(4, 10))


def test_raise_bias_moves_one_column_of_a_copy():
    z = torch.arange(6.0).view(2, 3)
    before = z.clone()
    raised = distill.raise_bias(z, 1, 2.5)
    assert torch.equal(z, before)
    assert (raised - z).tolist() == [[0, 2.5, 0], [0, 2.5, 0]]
    distill.best_bias(z, torch.tensor([0, 1]), 1, [1.0, 2.0])
    assert torch.equal(z, before)
