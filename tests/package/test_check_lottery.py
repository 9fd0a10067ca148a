"""The ticket lab's self-checks: right answers pass, each slip is told by its own name."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from greenlab import check, winning
from greenlab.check import controls, finding
from greenlab.check import lottery as slips
from greenlab.masks import Masks, weights
from greenlab.plots import lottery as figures
from greenlab.tickets import lottery

TICKET = {"rounds": 3, "rate": 0.3, "iterations": 6, "lr": 0.1, "batch": 20}
STOP = [0.8, 0.4, 0.95, 0.2, 0.3, 0.2, 0.6], [5, 10, 20, 30, 40, 50, 60], [9, 8, 7, 6, 2, 4, 3]
MODEL, _ = controls.trained(20, 15, 12, 9, 8)
MASKS = controls.some(MODEL, 0.5)
PRUNED = torch.tensor([int(m.sum()) for m in winning.prune_round(MODEL, MASKS, 0.4).values()])
CASES = {
    "prune_round": (slips.prune_round(MASKS, 0.4), PRUNED),
    "weights_left": (
        slips.weights_left([100, 40, 60], 2, 0.5),
        winning.weights_left([100, 40, 60], 2, 0.5),
    ),
    "early_stop": (slips.early_stop(*STOP), (30, 6)),
    "find_ticket": (
        finding.find_ticket(**TICKET),
        finding.after_ticket(winning.find_ticket, **TICKET),
    ),
}


def same(a: object, b: object) -> bool:
    a, b = (np.asarray(torch.as_tensor(x).detach(), dtype=float) for x in (a, b))
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_a_slip_is_never_the_right_answer(name):
    found, right = CASES[name]
    assert [mistake for mistake, value in found.items() if same(value, right)] == []


@pytest.mark.parametrize("name", CASES)
def test_slips_are_told_apart(name):
    values = list(CASES[name][0].items())
    for i, (mistake, value) in enumerate(values):
        for other, its in values[:i]:
            assert not same(value, its), (mistake, other)


def told(function: Callable, *arguments: object) -> str:
    with pytest.raises(check.NotYet) as caught:
        function(*arguments)
    return str(caught.value)


# one layer


W = torch.randn(10, 12, generator=controls.seeded(1))
LEFT = torch.rand(10, 12, generator=controls.seeded(2)) < 0.6


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.7, 1.0])
def test_the_right_mask_of_a_layer_passes(rate):
    slips.prune_layer(winning.prune_layer(W, LEFT, rate), W, LEFT, rate, "it")


def test_any_of_equally_large_weights_may_go():
    w = torch.tensor([[0.5, -0.5, 0.5, 0.1], [-0.5, 2.0, 0.5, -0.5]])
    full = torch.ones(2, 4, dtype=torch.bool)
    for kept in ([[1, 1, 1, 0], [0, 1, 0, 0]], [[0, 0, 0, 0], [1, 1, 1, 1]]):
        slips.prune_layer(torch.tensor(kept), w, full, 0.5, "it")
    assert ">= keeps all" in told(slips.prune_layer, w.abs() >= 0.5, w, full, 0.5, "it")
    assert "> drops all" in told(slips.prune_layer, w.abs() > 0.5, w, full, 0.5, "it")


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (winning.prune_layer(W, LEFT, 0.8), "share that is pruned, not"),
        (~LEFT, "pruned before"),
        (LEFT, "nothing is pruned"),
        (W, "other values than True and False"),
        (LEFT.flatten(), "flat"),
        (LEFT & winning.prune_layer(W, LEFT | True, 0.2), "combined with that of the largest"),
        (winning.prune_layer(1 / W, LEFT, 0.2), "the smallest are kept"),
        (winning.prune_layer(W - W.min(), LEFT, 0.2), "the sign counts"),
    ],
)
def test_a_wrong_mask_of_a_layer_is_told(got, says):
    assert says in told(slips.prune_layer, got, W, LEFT, 0.2, "it")


def test_a_layer_s_arguments_are_left_alone_and_its_edges_named():
    def changes(w, mask, rate):
        new = winning.prune_layer(w, mask, rate)
        return mask.copy_(new)

    def last_of(w, mask, rate):
        return mask & (w.abs() >= w[mask].abs().sort().values[round(rate * int(mask.sum()))])

    slips.layer(winning.prune_layer, W, LEFT, 0.2)
    assert "You change w or the old mask" in told(slips.layer, changes, W, LEFT.clone(), 0.2)
    assert "nothing stays" in told(slips.layer, last_of, W, LEFT, 1.0)


def test_kept_zeros_are_no_pruned_weights():
    def zeros_compete(w, mask, rate):
        keep = (w * mask).abs().flatten().topk(round((1 - rate) * int(mask.sum()))).indices
        return torch.zeros(w.numel(), dtype=torch.bool).index_fill(0, keep, True).view(w.shape)

    w = W.clone()
    w[:, 6:] = 0
    slips.layer(winning.prune_layer, w, LEFT, 0.0)
    assert "pruned before" in told(slips.layer, zeros_compete, w, LEFT, 0.0)


def test_the_share_left_is_checked_to_its_digits_and_leaves_the_sizes_alone():
    case = [100, 40, 60], 2, 0.5
    slips.share_left(winning.weights_left, *case, 68.75 / 200)

    def rounds(*case):
        return round(winning.weights_left(*case), 4)

    def pops(sizes, rounds, rate):
        left = winning.weights_left(sizes, rounds, rate)
        sizes.pop()
        return left

    assert "is not right" in told(slips.share_left, rounds, *case, 68.75 / 200)
    assert "changes the list" in told(slips.share_left, pops, *case, 68.75 / 200)


# a round, by its layers


def test_the_right_round_passes_and_a_changed_model_does_not():
    slips.round_of_pruning(winning.prune_round, MODEL, MASKS, 0.4)

    def changes(model, masks, rate):
        new = winning.prune_round(model, masks, rate)
        return Masks(new).apply(model) and new

    model, _ = controls.trained(20, 15, 12, 9, 8)
    assert "You change" in told(slips.round_of_pruning, changes, model, MASKS, 0.4)


def test_pruning_all_layers_together_is_refused():
    def together(model, masks, rate):
        size = torch.cat([w.detach().abs()[masks[k]] for k, w in weights(model).items()])
        least = size.quantile(rate)
        return {k: masks[k] & (w.detach().abs() > least) for k, w in weights(model).items()}

    assert "how many weights" in told(slips.round_of_pruning, together, MODEL, MASKS, 0.4)


# rewinding and the controls


def test_the_package_s_own_forms_pass():
    controls.rewound(winning.rewind, (6, 8, 3), 0.5)
    controls.reinitialized(winning.reinitialize, (240, 80, 60), 0.3)
    controls.random_masks(winning.random_masks, controls.clustered())


@pytest.mark.parametrize("assign", [False, True])
def test_a_model_that_shares_the_first_weights_is_told(assign):
    def shares(model, start, masks):
        masked = {k: v * masks[k] if k in masks else v for k, v in start.items()}
        if assign:
            model.load_state_dict(masked, assign=True)
        else:
            for name, p in model.named_parameters():
                p.data = masked[name]
        return model

    assert "training the model changes `start`" in told(controls.rewound, shares, (6, 8, 3), 0.5)


def test_a_seed_taken_from_the_generator_is_told():
    def seeds(model, masks, generator):
        return winning.reinitialize(model, masks, controls.seeded(generator.initial_seed()))

    assert "doesn't draw" in told(controls.reinitialized, seeds, (240, 80, 60), 0.3)


def test_places_drawn_twice_are_told():
    def twice(masks, generator):
        drawn = {}
        for name, mask in masks.items():
            places = torch.randint(mask.numel(), (int(mask.sum()),), generator=generator)
            drawn[name] = torch.zeros(mask.numel()).index_fill(0, places, 1).view(mask.shape)
        return drawn

    assert "drawn twice" in told(controls.random_masks, twice, controls.clustered())


def test_right_draws_pass_whatever_their_seed():
    # Five standard errors: the checks are of luck, and a fair answer must not fail by bad luck.
    for seed in range(40):

        def reinitialize(model, masks, generator, seed=seed):
            generator.manual_seed(generator.initial_seed() + 1000 * seed)
            return winning.reinitialize(model, masks, generator)

        controls.reinitialized(reinitialize, (240, 80, 60), 0.3)
        controls.reinitialized(reinitialize, (80, 200, 60, 30), 0.5)

        def random_masks(masks, generator, seed=seed):
            if seed:
                torch.rand(seed, generator=generator)
            return winning.random_masks(masks, generator)

        controls.random_masks(random_masks, controls.clustered())


def test_a_permuted_start_is_no_fresh_draw_of_another_network():
    def permuted(model, masks, generator):
        for name, p in model.named_parameters():
            if name in masks:
                order = torch.randperm(p.numel(), generator=generator)
                deviation = (2 / sum(p.shape)) ** 0.5
                old = p.detach().flatten()[order].view(p.shape)
                p.data = old / old.std() * deviation * masks[name]
            else:
                p.data.zero_()
        return model

    assert "another network" in told(controls.reinitialized, permuted, (240, 80, 60), 0.3)


def test_a_ticket_s_check_points_to_the_steps_when_no_slip_of_the_loop_fits():
    def with_other_steps(model, rounds, images, labels, rate, **options):
        masks = winning.find_ticket(model, rounds, images, labels, rate, **options)
        with torch.no_grad():
            next(model.parameters())[0, 0] += 1
        return masks

    finding.found(winning.find_ticket, **TICKET)
    assert "pass their own checks" in told(lambda: finding.found(with_other_steps, **TICKET))


# figures


def test_learning_says_each_kind_s_stop(capsys):
    runs = {
        "whole network": [lottery.Run((10, 20, 30), (0.9, 0.5, 0.6), (30, 20, 10))],
        "ticket": [lottery.Run((10, 20, 30), losses, (12, 14, 16))
                   for losses in ((0.4, 0.5, 0.6), (0.6, 0.5, 0.4))],
    }  # fmt: skip
    figures.learning(runs, winning.early_stop, 100)
    words = " ".join(capsys.readouterr().out.split())
    assert "whole network: 70.0 at iteration 10, 80.0 at early stop, iteration 20;" in words
    assert "ticket: 88.0 at iteration 10, 86.0 (84.0 to 88.0) at early stop, iteration 20" in words
    assert [len(ax.get_lines()) for ax in plt.gcf().axes] == [6, 6]


def test_survivors_says_which_weights_were_large_at_first(capsys):
    start = torch.randn(40, 784, generator=controls.seeded(3))
    large, ink = start.abs() > start.std(), torch.ones(784, dtype=torch.bool)
    ink[:392] = False
    large[:, :56] = False  # the upper two rows
    masks = {"all": torch.ones_like(large), "ticket": large}
    figures.survivors(start, masks, ink)
    words = " ".join(capsys.readouterr().out.split())
    everywhere = 100 * float((start[:, 392:].abs() > start.std()).float().mean())
    assert f"all: {everywhere:.0f}%; ticket: 100%" in words
    looks = large.float().mean(0).view(28, 28)[2:26, 2:26].mean()
    assert f"any other by {100 * looks:.1f}%" in words
