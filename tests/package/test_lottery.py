"""Lottery tickets, against hand-made masks, the paper's counts and a plain loop."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from greenlab import data, lottery, train, winning, zoo
from greenlab.masks import Masks, weights


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def fresh(k: int = 2, *sizes: int) -> list[nn.Sequential]:
    return [lottery.glorot(zoo.mlp(*(sizes or (6, 8, 3))), seeded(j)) for j in range(k)]


def shuffles(number: int) -> list[torch.Generator]:
    return [seeded(100 * number + j) for j in range(2)]


@pytest.fixture(scope="module")
def points() -> lottery.Digits:
    y = torch.arange(90) % 3
    x = torch.randn(90, 6, generator=seeded()) + F.one_hot(y, 6)
    return lottery.Digits((x[:50], y[:50]), (x[50:70], y[50:70]), (x[70:], y[70:]))


SHORT = {"iterations": 20, "every": 5, "batch": 8, "lr": 0.01}


def plain_run(model, mask, digits, generator, *, iterations, every, batch, lr):
    """One network by a plain loop: its (iteration, validation loss, test errors)."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    seen, i = [], 0
    x, y = digits.train
    while i < iterations:
        for rows in torch.randperm(len(x), generator=generator).split(batch):
            if i == iterations:
                break
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            for name, kept in mask.items():
                model.get_parameter(name).grad *= kept
            optimizer.step()
            i += 1
            if i % every == 0:
                with torch.no_grad():
                    loss = F.cross_entropy(model(digits.validation[0]), digits.validation[1])
                seen.append((i, loss.item(), train.errors(model, *digits.test)))
    return seen


# the paper's arithmetic


def test_lenet_s_densities_are_the_paper_s_share_after_each_round():
    model = zoo.lenet_300_100()
    sizes = {name: w.numel() for name, w in weights(model).items()}
    assert sum(sizes.values()) == Masks.full(model).total == 266_200
    for k in range(25):
        p = (265_200 * 0.8**k + 1000 * 0.9**k) / 266_200
        left = sum(sizes[name] * share for name, share in lottery.densities(model, k).items())
        assert left / 266_200 == pytest.approx(p, rel=1e-12)


def test_rates_are_halved_in_the_last_layer_alone():
    assert lottery.rates(zoo.lenet_300_100()) == {"0.weight": 0.2, "2.weight": 0.2, "4.weight": 0.1}
    assert lottery.rates(zoo.mlp(4, 3), 0.5) == {"0.weight": 0.25}
    assert lottery.densities(zoo.mlp(4, 3, 2), 2, 0.5) == {"0.weight": 0.25, "2.weight": 0.5625}


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_out_of_range(rate):
    with pytest.raises(ValueError, match="rate must lie"):
        lottery.rates(zoo.mlp(4, 3), rate)


def test_glorot_by_its_moments_and_by_its_seed():
    a, b = (lottery.glorot(zoo.lenet_300_100(), seeded(3)) for _ in range(2))
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
    for layer in a[::2]:
        n, deviation = layer.weight.numel(), (2 / sum(layer.weight.shape)) ** 0.5
        assert layer.weight.std().item() == pytest.approx(deviation, rel=5 / (2 * n) ** 0.5)
        assert abs(layer.weight.mean().item()) < 5 * deviation / n**0.5
        assert (layer.bias == 0).all()
    conv = lottery.glorot(nn.Sequential(nn.Conv2d(8, 16, 5)), seeded())[0]
    assert conv.weight.std().item() == pytest.approx((2 / (24 * 25)) ** 0.5, rel=0.1)


# masks


def linear(rows: list[list[float]]) -> nn.Sequential:
    model = zoo.mlp(len(rows[0]), len(rows))
    model[0].weight.data = torch.tensor(rows)
    return model


def test_a_round_takes_the_smallest_of_what_is_left_by_hand():
    model = linear([[5.0, -1.0, 0.0, 4.0], [-3.0, 2.0, 0.0, 6.0]])
    left = Masks({"0.weight": [[1, 1, 0, 1], [1, 1, 0, 1]]})  # 6 left; half of 2/3 of them go
    pruned = lottery.smaller(model, left, rate=2 / 3)
    assert pruned["0.weight"].tolist() == [[True, False, False, True], [True, False, False, True]]
    assert lottery.smaller(model, left, rate=0) == left
    assert lottery.smaller(model, rate=1.0)["0.weight"].tolist() == [
        [True, False, False, True],
        [True, False, False, True],
    ]


def test_rounds_keep_the_counts_of_the_formula_and_are_nested():
    model, masks = zoo.lenet_300_100(seeded()), None
    sizes = [w.numel() for w in weights(model).values()]
    for k in range(1, 6):
        narrower = lottery.smaller(model, masks)
        assert narrower.kept == pytest.approx(266_200 * winning.weights_left(sizes, k), abs=3)
        if masks is not None:
            assert all(not (narrower[n] & ~masks[n]).any() for n in masks)
        masks = narrower
    # Of the same weights, round after round keeps the same as all at once, but for rounding.
    at_once = lottery.one_shot(model, 5)
    assert at_once.kept == pytest.approx(masks.kept, abs=6)
    assert sum(int((at_once[n] ^ masks[n]).sum()) for n in masks) <= 6


def test_random_masks_keep_as_many_in_each_layer_at_other_places():
    model = zoo.lenet_300_100(seeded())
    masks = lottery.one_shot(model, 5)
    drawn = lottery.random_masks(masks, seeded(1))
    for name, mask in masks.items():
        assert (drawn[name].shape, drawn[name].sum()) == (mask.shape, mask.sum())
    assert drawn == lottery.random_masks(masks, seeded(1))
    assert drawn != lottery.random_masks(masks, seeded(2))
    # By chance a share d of the kept agree, d the density: not much more, not much less.
    both, d = int((drawn["0.weight"] & masks["0.weight"]).sum()), 0.8**5
    assert both == pytest.approx(235_200 * d * d, rel=0.03)


# rewinding


def test_rewinding_is_the_mask_times_theta_zero_whatever_training_did(points):
    (model,) = fresh(1)
    start = lottery.snapshot(model)
    before = {name: value.clone() for name, value in start.items()}
    lottery.train([model], None, points, generators=[seeded()], **SHORT)
    assert not torch.equal(model[0].weight, before["0.weight"])
    masks = lottery.smaller(model)
    lottery.rewind(model, start, masks)
    for name, value in model.state_dict().items():
        expected = before[name] * masks[name] if name in masks else before[name]
        assert torch.equal(value, expected)
    lottery.train([model], [masks], points, generators=[seeded()], **SHORT)
    assert all(torch.equal(start[name], before[name]) for name in start)  # no alias


# training, watched


@pytest.mark.parametrize("masked", [True, False])
def test_training_is_the_plain_loop_and_its_marks(points, masked):
    ours, theirs = fresh(), fresh()
    masks = [lottery.one_shot(m, 3) for m in ours] if masked else None
    for model, mask in zip(theirs, masks or (), strict=masked):
        mask.apply(model)
    runs, kept = lottery.train(ours, masks, points, generators=shuffles(0), **SHORT)
    assert kept == []
    for j, run in enumerate(runs):
        mask = masks[j] if masked else {}
        seen = plain_run(theirs[j], mask, points, shuffles(0)[j], **SHORT)
        iterations, losses, errors = zip(*seen, strict=True)
        assert (run.iterations, run.errors) == (iterations, errors)
        assert run.losses == pytest.approx(losses, abs=1e-5)
        for a, b in zip(ours[j].parameters(), theirs[j].parameters(), strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=0)
        for name, on in mask.items():
            assert (ours[j].get_parameter(name)[~on] == 0).all()


def test_keep_is_the_state_after_so_many_iterations(points):
    for keep in (0, 7, 20):
        ours, theirs = fresh(), fresh()
        _, kept = lottery.train(ours, None, points, generators=shuffles(0), keep=keep, **SHORT)
        if keep:
            options = {**SHORT, "iterations": keep, "every": 1}
            lottery.train(theirs, None, points, generators=shuffles(0), **options)
        for state, model in zip(kept, theirs, strict=True):
            for name, value in model.state_dict().items():
                torch.testing.assert_close(state[name], value, atol=1e-6, rtol=0)


def test_early_stop_is_the_first_least_validation_loss():
    run = lottery.Run((10, 20, 30, 40), (0.9, 0.3, 0.5, 0.3), (7, 5, 1, 2))
    assert (run.early_stop, run.errors_then) == (20, 5)


@pytest.mark.parametrize("wrong", [{"every": 0}, {"every": 21}, {"keep": 21}, {"keep": -1}])
def test_iterations_that_can_t_be_watched(points, wrong):
    with pytest.raises(ValueError, match="can't"):
        lottery.train(fresh(), None, points, generators=shuffles(0), **{**SHORT, **wrong})


def test_a_loss_that_is_not_finite(points):
    x, y = points.train
    broken = points._replace(train=(x * float("inf"), y))
    with pytest.raises(ValueError, match="iteration 5: try a smaller lr"):
        lottery.train(fresh(), None, broken, generators=shuffles(0), **SHORT)


# rounds


def test_iterating_is_train_prune_rewind_by_hand(points):
    ours, theirs = fresh(), fresh()
    start = copy.deepcopy(theirs)
    found = list(lottery.iterate(ours, points, 3, generators=shuffles, rate=0.4, **SHORT))
    assert [r.number for r in found] == [0, 1, 2, 3]
    assert all(mask.density == 1 for mask in found[0].masks)
    for j in range(2):
        mask = {"0.weight": torch.ones(8, 6), "2.weight": torch.ones(3, 8)}
        for r in found:
            assert r.masks[j] == Masks(mask)
            model = copy.deepcopy(start[j])
            with torch.no_grad():
                for name, kept in mask.items():
                    model.get_parameter(name).mul_(kept)
            seen = plain_run(model, mask, points, shuffles(r.number)[j], **SHORT)
            assert r.runs[j].errors == tuple(errors for _, _, errors in seen)
            for name, lost in (("0.weight", 0.4), ("2.weight", 0.2)):
                w, kept = model.get_parameter(name).detach(), mask[name].bool()
                # Strike out the smallest of what is left, one at a time.
                for _ in range(int(kept.sum()) - round((1 - lost) * int(kept.sum()))):
                    kept[(w.abs() + 1e9 * ~kept) == (w.abs() + 1e9 * ~kept).min()] = False
                mask[name] = kept.float()
            assert r.pruned[j] == Masks(mask)


def test_late_rewinding_goes_back_to_step_k(points):
    first, second = lottery.iterate(fresh(), points, 1, generators=shuffles, rewind_to=7, **SHORT)
    early = fresh()
    lottery.train(early, None, points, generators=shuffles(0), **{**SHORT, "iterations": 7})
    for j in range(2):
        state = early[j].state_dict()
        for name, value in first.start[j].items():
            torch.testing.assert_close(value, state[name], atol=1e-6, rtol=0)
        rewound = lottery.rewind(fresh()[0], state, first.pruned[j])
        seen = plain_run(rewound, first.pruned[j], points, shuffles(1)[j], **SHORT)
        assert second.runs[j].errors == tuple(errors for _, _, errors in seen)


def test_going_on_after_a_round_gives_the_same_rounds(points):
    options = {"generators": shuffles, **SHORT}
    whole = list(lottery.iterate(fresh(), points, 3, **options))
    again = fresh(2)
    for model in again:  # what is in them does not matter: they are rewound
        nn.init.constant_(model[0].weight, 9.0)
    rest = list(lottery.iterate(again, points, 3, after=whole[1], **options))
    assert [r.number for r in rest] == [2, 3]
    for a, b in zip(whole[2:], rest, strict=True):
        assert (a.masks, a.runs, a.pruned) == (b.masks, b.runs, b.pruned)


def test_a_ticket_beats_its_controls_on_digits():
    # The paper's ordering in small: 21 % of the weights, one shot, means of two seeds.
    digits = lottery.hold_out(data.mnist())
    options = {"iterations": 250, "every": 25}
    models = fresh(2, 784, 100, 10)
    start = [lottery.snapshot(m) for m in models]
    lottery.train(models, None, digits, generators=shuffles(0), **options)
    masks = [lottery.one_shot(m, 7) for m in models]
    cases = {}
    for name, states, kept in (
        ("ticket", start, masks),
        ("reinitialized", [m.state_dict() for m in fresh(4, 784, 100, 10)[2:]], masks),
        ("random", start, [lottery.random_masks(m, seeded(9)) for m in masks]),
    ):
        for model, state, mask in zip(models, states, kept, strict=True):
            lottery.rewind(model, state, mask)
        runs, _ = lottery.train(models, kept, digits, generators=shuffles(1), **options)
        cases[name] = sum(run.errors_then for run in runs) / 2
    assert cases["ticket"] < cases["reinitialized"]
    assert cases["ticket"] < cases["random"]


# held-out digits


def test_held_out_digits_are_the_last_of_the_training_ones(digits):
    held = lottery.hold_out(digits, 1000)
    assert torch.equal(torch.cat([held.train[0], held.validation[0]]), digits.train_x)
    assert torch.equal(torch.cat([held.train[1], held.validation[1]]), digits.train_y)
    assert [len(y) for _, y in held] == [7000, 1000, 2000]
    assert torch.equal(held.test[0], digits.test_x)


@pytest.mark.parametrize("n", [0, 8000, -1, 9000])
def test_held_out_digits_leave_some_on_both_sides(digits, n):
    with pytest.raises(ValueError, match="can't hold out"):
        lottery.hold_out(digits, n)
