"""The compression lab's self-checks: right answers pass, each slip is told by its own name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from greenlab import check, mimic, synth
from greenlab.check import compression as slips
from greenlab.check import pairs, synthetic

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
        synthetic._passes(ROWS[:30], 2),
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


@pytest.mark.parametrize("name", CASES.keys() - {"rmse of one"})
def test_a_slip_is_never_the_right_answer(name):
    found, right = CASES[name]
    assert [mistake for mistake, value in found.items() if same(value, right)] == []


@pytest.mark.parametrize("name", CASES.keys() - NOT_APART)
def test_slips_are_told_apart(name):
    values = list(CASES[name][0].items())
    for i, (mistake, value) in enumerate(values):
        for other, its in values[:i]:
            assert not same(value, its), (mistake, other)


def test_the_labs_choices_of_models_tell_each_slip():
    # Each slip that a greedy step can have leads elsewhere in one of the three visible choices.
    wrong = set()
    for seed, members in ((27, []), (39, [3, 3, 7, 12]), (24, [3, 3, 7, 12])):
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
    synthetic.munge(mimic.munge, 2, 30, seed)
    synthetic.munge(synth.munge, 1, 25, seed)


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
    ],
)
def test_wrong_rows_are_told(answer, says):
    assert says in told(synthetic.rand, answer, 300, 300)


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


def test_a_gradient_that_is_missing_or_wrong_is_told():
    assert "No gradient" in told(slips.gradient, lambda z, q: z.detach().mean(), LOGITS, TARGETS)
    twice = told(slips.gradient, lambda z, q: 2 * mimic.mimic_loss(z, q), LOGITS, TARGETS)
    assert "the gradient of mimic_loss" in twice
