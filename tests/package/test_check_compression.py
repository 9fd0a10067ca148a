"""The compression lab's self-checks: right answers pass, each slip is told by its own name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from greenlab import check, mimic, synth
from greenlab.check import compression as slips
from greenlab.check import pairs, passes, synthetic

G = torch.Generator().manual_seed(1)
LOGITS, TARGETS = 2 * torch.randn(9, 1, generator=G), torch.rand(9, generator=G)
P, Y = slips.made_up(0, models=3, points=8)
LIBRARY, TRUTH = slips.made_up(39)
STEP = LIBRARY[[3, 3, 7, 12]].sum(0), 4, LIBRARY, TRUTH
ROWS = np.random.default_rng(5).random((60, 6))
ROWS[[9, 20]] = ROWS[2]
CASES = {
    "rmse": (slips.rmse(P, Y), mimic.rmse(P, Y)),
    "rmse of one": (slips.rmse(P[0], Y), mimic.rmse(P[0], Y)),
    "greedy_step": (slips.greedy_step(*STEP), mimic.greedy_step(*STEP)),
    "mimic_loss": (slips.mimic_loss(LOGITS, TARGETS), mimic.mimic_loss(LOGITS, TARGETS)),
    "net_bytes": (slips.net_bytes(2, 3), mimic.net_bytes(2, 3)),
    **{
        f"nearest_other {i}": (synthetic.nearest_other(ROWS, i), mimic.nearest_other(ROWS, i))
        for i in (5, 2, 20)
    },
    "munge": (
        passes._passes(ROWS[:30], 2),
        mimic.munge(ROWS[:30], 2, 1.0, 1e9, np.random.default_rng(0)),
    ),
}
NOT_APART = {"rmse of one", "greedy_step", "nearest_other 2", "nearest_other 20"}


def same(a: object, b: object) -> bool:
    a, b = (np.asarray(torch.as_tensor(x).detach(), dtype=float) for x in (a, b))
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-4)


def told(function: Callable, *arguments: object, **options: object) -> str:
    with pytest.raises(check.NotYet) as caught:
        function(*arguments, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"rmse of one"}))
def test_a_slip_is_never_the_right_answer(name):
    found, right = CASES[name]
    assert [mistake for mistake, value in found.items() if same(value, right)] == []


@pytest.mark.parametrize("name", sorted(CASES.keys() - NOT_APART))
def test_slips_are_told_apart(name):
    values = list(CASES[name][0].items())
    for i, (mistake, value) in enumerate(values):
        for other, its in values[:i]:
            assert not same(value, its), (mistake, other)


def test_the_labs_choices_of_models_tell_each_slip():
    # Each slip that a greedy step can have leads elsewhere in one of the three visible choices.
    wrong = set()
    for seed, members in ((27, []), (39, [3, 3, 7, 12]), (24, [3, 3, 7, 12]), (11, [24])):
        p, y = slips.made_up(seed)
        wrong |= slips.greedy_step(p[members].sum(0), len(members), p, y).keys()
    assert len(wrong) == 11


# right answers


@pytest.mark.parametrize("seed", range(0, 60, 7))
def test_right_draws_pass_whatever_their_seed(seed):
    for n, count in ((300, 300), (60, 1000), (500, 400)):
        synthetic.rand(synth.rand, n, count, seed)
    for p, s, pair in ((0.3, 5, (1, 3)), (0.8, 0.5, (4, 0)), (0.15, 10, (2, 1))):
        pairs.munge_pair(mimic.munge_pair, p, s, seed, pair)
    passes.munge(mimic.munge, 2, 30, seed)
    passes.munge(synth.munge, 1, 25, seed)


@pytest.mark.parametrize("seed", range(12))
def test_right_choices_pass(seed):
    for members in ([], [seed], [3, 3, 7, 12]):
        slips.chosen(mimic.greedy_step, seed, members)
    synthetic.neighbor(mimic.nearest_other, ROWS, seed)
    synthetic.neighbor(lambda rows, i: np.int32(mimic.nearest_other(rows, i)), ROWS, seed)


def test_a_right_answer_is_hardly_ever_refused():
    # At a level of one in a million, 400 draws of two rows each are all accepted.
    for seed in range(400):
        pairs.munge_pair(mimic.munge_pair, 0.5, 3, 1000 + seed)


def test_the_teacher_s_label_passes():
    for weights in ([0.5, 0.25, 0.0, 0.25], [1.0], [0.0, 0.7, 0.3]):
        slips.label(mimic.label, weights)
    slips.gradient(mimic.mimic_loss, LOGITS, TARGETS)


# wrong ones that no file of answers holds


def with_seed(x, count, rng):
    return synth.rand(x, count, np.random.default_rng(3))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x, count, rng: None, "no return"),
        (lambda x, count, rng: "rows", "it is a str"),
        (lambda x, count, rng: synth.rand(x, count + 1, rng), "it should be (300, 3)"),
        (lambda x, count, rng: synth.rand(x, count, rng).T, "on its side"),
        (with_seed, "generator of its own"),
        (lambda x, count, rng: np.sort(synth.rand(x, count, rng), 0), "correlated"),
        (lambda x, count, rng: synth.rand(x, 1, rng).repeat(count, 0), "in all rows"),
    ],
)
def test_wrong_rows_are_told(answer, says):
    assert says in told(synthetic.rand, answer, 300, 300)


def test_a_row_that_is_never_drawn_is_told_by_its_number():
    for left_out in (0, 59):
        says = told(
            synthetic.rand, lambda x, *args, out=left_out: synth.rand(np.delete(x, out, 0), *args),
            60, 1000,
        )  # fmt: skip
        assert f"comes from row {left_out}.\n" in says


@pytest.mark.parametrize("name", ["total", "predictions", "targets"])
def test_a_greedy_step_that_changes_what_it_gets_is_told(name):
    def step(total, count, predictions, targets):
        number = mimic.greedy_step(total, count, predictions, targets)
        {"total": total, "predictions": predictions, "targets": targets}[name][...] = 0.5
        return number

    assert f"changes {name};" in told(slips.chosen, step, 0, [3])


def test_a_model_that_may_not_come_again_is_told():
    def step(total, count, predictions, targets):
        losses = mimic.rmse((total + predictions) / (count + 1), targets)
        return int(np.where((predictions == total).all(1), np.inf, losses).argmin())

    assert "passed over" in told(slips.chosen, step, 11, [24])


def test_a_neighbor_must_be_a_whole_number():
    says = told(synthetic.neighbor, lambda *a: float(mimic.nearest_other(*a)), ROWS, 5)
    assert "it should be a whole number" in says


def same_twice(x, k, p, s, rng, nominal):
    """Two of the passes are the same."""
    rows = mimic.munge(x, k, p, s, rng, nominal)
    return np.concatenate([rows[: len(x)], rows[: -len(x)]])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (same_twice, "one pass is repeated"),
        (
            lambda x, k, p, s, rng, nominal: mimic.munge(x, k, p**0.5, s, rng, nominal),
            "p is not handed on",
        ),
        (
            lambda x, k, p, s, rng, nominal: mimic.munge(x, k, p * p, s, rng, nominal),
            "rows are passed over",
        ),
    ],
)
def test_wrong_passes_are_told(answer, says):
    message = told(passes.munge, answer, 3)
    assert says in message
    assert "If Exercise 4 or 5 has no ✓ yet" in message


def changed(change: Callable) -> Callable:
    """MUNGE's step with something done to the rows afterwards."""

    def pair(rows, i, j, p, s, rng, nominal):
        mimic.munge_pair(rows, i, j, p, s, rng, nominal)
        change(rows, i, j)

    return pair


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (changed(lambda rows, i, j: rows.__setitem__((0, 0), 9.0)), "other rows than 1 and 3"),
        (changed(lambda rows, i, j: rows.__setitem__(1, rows[3])), "all of them are"),
        (lambda *arguments: None, "changes no continuous attribute"),
        (
            lambda rows, i, j, p, s, rng, nominal: mimic.munge_pair(
                rows, i, j, p * p, s, rng, nominal
            ),
            "asked for twice",
        ),
        (
            lambda rows, i, j, p, s, rng, nominal: mimic.munge_pair(
                rows, i, j, p, s, np.random.default_rng(2), nominal
            ),
            "generator of its own",
        ),
        (
            lambda rows, i, j, p, s, rng, nominal: mimic.munge_pair(
                rows, i, j, p, s * s, rng, nominal
            ),
            "and their deviation 0.21",
        ),
    ],
)
def test_a_wrong_step_is_told(answer, says):
    assert says in told(pairs.munge_pair, answer, 0.3, 5)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(0, 1, "cut off at 0 and 1"), (0, np.inf, "negative values are turned round or raised to 0")],
)
def test_values_kept_in_bounds_are_told(low, high, says):
    bounded = changed(lambda rows, i, j: np.clip(rows, low, high, out=rows))
    assert says in told(pairs.munge_pair, bounded, 0.8, 0.5)


def test_a_gradient_that_is_missing_or_wrong_is_told():
    assert "No gradient" in told(slips.gradient, lambda z, q: z.detach().mean(), LOGITS, TARGETS)
    twice = told(slips.gradient, lambda z, q: 2 * mimic.mimic_loss(z, q), LOGITS, TARGETS)
    assert "the gradient of mimic_loss" in twice
