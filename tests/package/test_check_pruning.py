"""The pruning lab's slips: none is the right answer, each is told from the others."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from greenlab import check, layerwise
from greenlab.check import holding, rounds, savings
from greenlab.check import pruning as slips

W = 0.5 + 2 * torch.randn(20, 30, generator=torch.Generator().manual_seed(1))
STEP = {"kind": "Adam", "steps": 3, "l1": 0.01, "l2": 0.05}
SGD = {"kind": "SGD with momentum", "steps": 3, "l1": 0.01, "l2": 0.05}
ROUNDS = {"epochs": 3, "lr": 0.02, "batch": 20, "l2": 0.01}
MASK = torch.tensor([[1, 0, 1, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1]]).bool()
LAYERS = ([1000, 200], [20, 10], [0.1, 0.5])
TENSORS = [
    torch.randn(*shape, generator=torch.Generator().manual_seed(6)) for shape in ((4, 5), (3, 4))
]


def chain(seed: int) -> list[torch.Tensor]:
    return slips.chain((9, 8, 7, 6, 5), 0.16, seed)


def flat(masks: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([mask.flatten() for mask in masks])


CASES = {
    "threshold_mask": (slips.threshold_mask(W, 1.5), layerwise.threshold_mask(W, 1.5)),
    "penalty": (savings.penalty(TENSORS, 0.3, 0.7), layerwise.penalty(TENSORS, 0.3, 0.7)),
    "retraining_dropout": (savings.retraining_dropout(0.4, 360, 1000), 0.24),
    "remove_dead": (slips.remove_dead(chain(0)), flat(layerwise.remove_dead(chain(0)))),
    "times_fewer": (savings.times_fewer(*LAYERS), 1230 / 230),
    "csr_bytes": (savings.csr_bytes(MASK), 56),
    "held_step": (holding.held_step(**STEP), holding.after_steps(layerwise.held_step, **STEP)[0]),
    "sgd": (holding.held_step(**SGD), holding.after_steps(layerwise.held_step, **SGD)[0]),
    "iterate": (
        rounds.iterate([0.6, 0.7, 0.4], **ROUNDS),
        rounds.after_rounds(layerwise.iterate, [0.6, 0.7, 0.4], **ROUNDS)[0],
    ),
    "measured": (
        rounds.measured([0.5, 0.8], **ROUNDS),
        rounds.after_rounds(layerwise.iterate, [0.5, 0.8], **ROUNDS)[2],
    ),
}


def same(a: object, b: object) -> bool:
    a, b = (np.asarray(torch.as_tensor(x).detach(), dtype=float) for x in (a, b))
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_a_slip_is_never_the_right_answer(name):
    found, right = CASES[name]
    for mistake, value in found.items():
        # Of the threshold: no weight of W lies exactly at it.
        assert not same(value, right) or "use >=" in mistake, mistake


@pytest.mark.parametrize("name", CASES)
def test_slips_are_told_apart(name):
    found = {m: v for m, v in CASES[name][0].items() if "use >=" not in m}
    values = list(found.items())
    for i, (mistake, value) in enumerate(values):
        for other, its in values[:i]:
            assert not same(value, its), (mistake, other)


def test_a_weight_at_the_threshold_has_a_slip():
    w = torch.tensor([[0.0, -1.0], [0.0, 2.0]])
    found = slips.threshold_mask(w, 0.0)
    strict = next(value for mistake, value in found.items() if "use >=" in mistake)
    assert strict.tolist() == [[False, True], [False, True]]


@pytest.mark.parametrize("correction", [0, 1])
def test_the_lab_s_weights_do_not_ask_which_deviation(correction):
    for quality in (0.6, 1.5):
        mask = W.abs() >= quality * W.std(correction=correction)
        assert torch.equal(mask, layerwise.threshold_mask(W, quality))
    w = torch.randn(8, 4, 3, 3, generator=torch.Generator().manual_seed(2))
    mask = w.abs() >= 1.1 * w.std(correction=correction)
    assert torch.equal(mask, layerwise.threshold_mask(w, 1.1))


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (None, "no return"),
        (torch.ones(4), "is flat"),
        (2.0 * W, "give the mask alone"),
        ("mask", "it is a str"),
    ],
)
def test_what_is_no_mask_is_named(got, says):
    with pytest.raises(check.NotYet, match=says):
        slips.as_mask(got, W, "f(w)")


@pytest.mark.parametrize("kind", [bool, int, float])
def test_masks_of_any_kind(kind):
    mask = W.abs() > 1
    assert torch.equal(slips.as_mask(mask.numpy().astype(kind), W, "f(w)"), mask)


TIES = torch.tensor([0.5, -0.5, 0.5, 0.1, -0.5, 2.0, 0.5, -0.2])


@pytest.mark.parametrize("kept", [[0, 1, 2, 5], [2, 4, 5, 6], [0, 4, 5, 6]])
def test_any_of_equally_large_weights_may_be_kept(kept):
    mask = torch.zeros(8, dtype=torch.bool)
    mask[kept] = True
    slips.keep_largest(mask, TIES, 0.5, "f(w)")


@pytest.mark.parametrize(
    ("mask", "density", "says"),
    [
        (TIES.abs() >= 0.5, 0.5, ">= keeps all"),
        (TIES.abs() > 0.5, 0.5, "> drops all"),
        (torch.ones(8), 0.0, "[-0:] is everything"),
        (TIES.abs() < 0.5, 0.25, "the smallest are kept"),
        (TIES > 0, 0.25, "not the share that is pruned|is not right"),
        (TIES.abs() > 0.3, 0.625, "one weight too many|not right"),
    ],
)
def test_what_keep_largest_is_told(mask, density, says):
    with pytest.raises(check.NotYet) as caught:
        slips.keep_largest(mask, TIES, density, "f(w)")
    assert any(part in str(caught.value) for part in says.split("|"))


def test_what_prune_further_is_told(g):
    w = torch.randn(10, 10, generator=g)
    mask, half = torch.rand(10, 10, generator=g) < 0.6, layerwise.keep_largest(w, 0.5)
    slips.prune_further(layerwise.prune_further(w, mask, 0.3), w, mask, 0.3, "f")
    for wrong, within, says in (
        (layerwise.keep_largest(w, 0.3), mask, "compete again"),
        (mask, mask, "nothing is pruned"),
        (half & layerwise.keep_largest(w, 0.3), half, "only combined"),
    ):
        with pytest.raises(check.NotYet, match=says):
            slips.prune_further(wrong, w, within, 0.3, "f")


def test_keeps_largest_wants_none_and_all_and_the_weights_left_alone():
    for density in (0.0, 0.3, 1.0):
        slips.keeps_largest(layerwise.keep_largest, TIES.clone(), density, "f(w)")

    def counts_from_one(w, density):
        k = round(density * w.numel())
        return w.abs() >= w.abs().flatten().sort(descending=True).values[:k][-1]

    with pytest.raises(check.NotYet, match="k is 0 of 8"):
        slips.keeps_largest(counts_from_one, TIES.clone(), 0.0, "f(w)")

    def in_place(w, density):
        mask = layerwise.keep_largest(w, density)
        w *= mask
        return mask

    with pytest.raises(check.NotYet, match="changes the weights"):
        slips.keeps_largest(in_place, TIES.clone(), 0.5, "f(w)")


def passes(times: int, reverse: bool = False):
    """Goes through the layers so often, forward or backward, and no more."""

    def function(masks):
        new = [mask.clone() for mask in masks]
        for _ in range(times):
            for i in sorted(range(len(new) - 1), reverse=reverse):
                dead = ~new[i].any(1) | ~new[i + 1].any(0)
                new[i][dead], new[i + 1][:, dead] = False, False
        return new

    return function


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_too_few_passes_through_a_deep_network_are_named(times, reverse):
    ladder = slips.ladder(7)
    slips.removes_dead(passes(7, reverse), ladder, "f(masks)")
    with pytest.raises(check.NotYet, match="repeat until nothing changes"):
        slips.removes_dead(passes(times, reverse), ladder, "f(masks)")


def test_removing_dead_neurons_leaves_the_caller_s_masks():
    def in_place(masks):
        for mask, new in zip(masks, layerwise.remove_dead(masks), strict=True):
            mask.copy_(new)
        return masks

    slips.removes_dead(layerwise.remove_dead, chain(0), "f(masks)")
    with pytest.raises(check.NotYet, match="changes the caller's masks"):
        slips.removes_dead(in_place, chain(0), "f(masks)")


def test_an_error_at_the_edge_is_named():
    def fails(w, density):
        return w.kthvalue(len(w) + 1).values

    with pytest.raises(check.NotYet, match="kthvalue has no 0th"):
        slips.at_the_edge(fails, TIES, 0.0, what="f(w, 0)", mistake="kthvalue has no 0th value")
    assert slips.at_the_edge(max, 1, 2, what="max", mistake="none") == 2


def test_a_penalty_without_a_gradient_is_named():
    def plain(ws, l1, l2):
        return float(sum(w.detach().abs().sum() for w in ws))

    with pytest.raises(check.NotYet, match="No gradient"):
        savings.gradient(plain, TENSORS, 0.1, 0.1)


def test_fresh_weights_are_named():
    def fresh(model, shares, x, y, measure, **options):
        found = layerwise.iterate(model, shares, x, y, measure, **options)
        model[0].reset_parameters()
        return found

    rounds.pruned_alone(layerwise.iterate, [0.5, 0.8])
    with pytest.raises(check.NotYet, match="fresh weights"):
        rounds.pruned_alone(fresh, [0.5, 0.8])


def test_steps_revive_no_pruned_weight_with_the_package_s_form():
    assert holding.after_steps(layerwise.held_step, **STEP)[1] == 0

    def never(model, masks, *rest):
        layerwise.held_step(model, {k: torch.ones_like(m) for k, m in masks.items()}, *rest)

    assert holding.after_steps(never, **STEP)[1] > 0
