"""The ticket lab's steps, against weights struck out one by one and the paper's counts."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional as F

from greenlab import winning, zoo
from greenlab.masks import Masks, weights


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def struck_out(w: torch.Tensor, mask: torch.Tensor, count: int) -> torch.Tensor:
    """The mask without the smallest of what it keeps, one at a time."""
    mask = mask.clone()
    for _ in range(count):
        size = w.abs() + 1e9 * ~mask
        mask[size == size.min()] = False
    return mask


@pytest.fixture
def points() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(30, 6, generator=seeded(1)), torch.arange(30) % 3


def test_a_layer_loses_the_smallest_of_what_is_left():
    w, mask = torch.randn(8, 9, generator=seeded()), torch.rand(8, 9, generator=seeded(1)) < 0.7
    for rate in (0.0, 0.2, 0.7, 1.0):
        goes = int(mask.sum()) - round((1 - rate) * int(mask.sum()))
        assert torch.equal(winning.prune_layer(w, mask, rate), struck_out(w, mask, goes))


def test_a_round_takes_half_the_rate_of_the_last_layer():
    model = zoo.mlp(10, 20, 30, 4, generator=seeded())
    full = dict(Masks.full(model))
    found = winning.prune_round(model, full, 0.4)
    assert list(found) == list(full)
    for name, goes in (("0.weight", 80), ("2.weight", 240), ("4.weight", 24)):
        w = model.get_parameter(name).detach()
        assert torch.equal(found[name], struck_out(w, full[name], goes))


def test_weights_left_are_the_paper_s():
    sizes = [235_200, 30_000, 1_000]
    for k in range(21):
        p = (265_200 * 0.8**k + 1_000 * 0.9**k) / 266_200
        assert winning.weights_left(sizes, k) == pytest.approx(p, rel=1e-12)
    # The paper's figures name 51.3, 21.1, 7.0, 3.6 and 1.9 %.
    left = [100 * winning.weights_left(sizes, k) for k in (3, 7, 12, 15, 18)]
    assert left == pytest.approx([51.3, 21.1, 7.0, 3.6, 1.9], abs=0.06)


def test_rewinding_is_the_mask_times_start_and_all_biases():
    model = zoo.mlp(6, 8, 3, generator=seeded())
    start = copy.deepcopy(zoo.mlp(6, 8, 3, generator=seeded(1)).state_dict())
    masks = {k: torch.rand(w.shape, generator=seeded(2)) < 0.5 for k, w in weights(model).items()}
    assert winning.rewind(model, start, masks) is model
    for name, value in model.state_dict().items():
        assert torch.equal(value, start[name] * masks[name] if name in masks else start[name])


def test_early_stop_is_the_first_of_equals_and_its_errors():
    assert winning.early_stop([10, 20, 30, 40], [0.9, 0.3, 0.5, 0.3], [7, 5, 1, 2]) == (20, 5)


def test_fresh_weights_have_glorot_s_deviation_under_the_mask():
    model = zoo.mlp(300, 100, 50, generator=seeded())
    masks = {k: torch.rand(w.shape, generator=seeded(3)) < 0.5 for k, w in weights(model).items()}
    winning.reinitialize(model, masks, seeded(4))
    for layer, mask in zip(model[::2], masks.values(), strict=True):
        assert (layer.weight[~mask] == 0).all()
        assert (layer.bias == 0).all()
        kept, deviation = layer.weight.detach()[mask], (2 / sum(layer.weight.shape)) ** 0.5
        assert kept.std().item() == pytest.approx(deviation, rel=5 / (2 * len(kept)) ** 0.5)


def test_random_masks_keep_as_many_in_each_layer():
    masks = {"a": torch.rand(20, 30, generator=seeded()) < 0.1, "b": torch.ones(4, 5).bool()}
    drawn = winning.random_masks(masks, seeded(1))
    assert [int(m.sum()) for m in drawn.values()] == [int(m.sum()) for m in masks.values()]
    assert not torch.equal(drawn["a"], masks["a"])


def test_learning_is_a_plain_loop_with_masks_held(points):
    x, y = points
    model = zoo.mlp(6, 8, 3, generator=seeded())
    masks = {k: torch.rand(w.shape, generator=seeded(5)) < 0.4 for k, w in weights(model).items()}
    plain = Masks(masks).apply(copy.deepcopy(model))
    winning.learn(model, masks, x, y, iterations=7, generator=seeded(6), batch=10, lr=0.02)
    optimizer, g, steps = torch.optim.Adam(plain.parameters(), lr=0.02), seeded(6), 0
    while steps < 7:
        for rows in torch.randperm(30, generator=g).split(10):
            if steps == 7:
                break
            optimizer.zero_grad()
            F.cross_entropy(plain(x[rows]), y[rows]).backward()
            for name, mask in masks.items():
                plain.get_parameter(name).grad *= mask
            optimizer.step()
            steps += 1
    for a, b in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    assert all((w[~masks[k]] == 0).all() for k, w in weights(model).items())


def test_a_ticket_is_found_by_train_prune_rewind(points):
    x, y = points
    model = zoo.mlp(6, 20, 3, generator=seeded())
    start, by_hand = copy.deepcopy(model.state_dict()), copy.deepcopy(model)
    options = {"iterations": 5, "batch": 30, "lr": 0.05}
    found = winning.find_ticket(model, 3, x, y, 0.3, generator=seeded(7), **options)
    g, masks = seeded(7), dict(Masks.full(by_hand))
    for _ in range(3):
        winning.learn(by_hand, masks, x, y, generator=g, **options)
        for name, rate in (("0.weight", 0.3), ("2.weight", 0.15)):
            left = int(masks[name].sum())
            w = by_hand.get_parameter(name).detach()
            masks[name] = struck_out(w, masks[name], left - round((1 - rate) * left))
        with torch.no_grad():
            for name, p in by_hand.named_parameters():
                p.copy_(start[name] * masks[name] if name in masks else start[name])
    assert all(torch.equal(found[name], mask) for name, mask in masks.items())
    for a, b in zip(model.parameters(), by_hand.parameters(), strict=True):
        assert torch.equal(a, b)
