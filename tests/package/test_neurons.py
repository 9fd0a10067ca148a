"""Dead neurons by hand and by brute force; the slim network against the masked one."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from greenlab import neurons, prune, zoo
from greenlab.masks import Masks


def test_a_chain_of_dead_neurons_by_hand():
    model = zoo.mlp(2, 3, 3, 1)
    masks = Masks(
        {
            "0.weight": torch.tensor([[0, 0], [1, 0], [1, 1]]),  # neuron 0 has no inputs
            "2.weight": torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]]),  # 0 feeds 0, 1 1, 2 2
            "4.weight": torch.tensor([[1, 0, 1]]),  # neuron 1 of the second has no outputs
        }
    )
    left, counts = neurons.remove_dead(model, masks)
    # By their connections, neuron 0 of the second dies with that of the first; neuron 1 of the
    # first dies with that of the second.
    assert counts == [neurons.Neurons("0", 3, 1, 0, 2), neurons.Neurons("2", 3, 0, 1, 2)]
    assert left["0.weight"].int().tolist() == [[0, 0], [0, 0], [1, 1]]
    assert left["2.weight"].int().tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert left["4.weight"].int().tolist() == [[0, 0, 1]]
    assert masks["0.weight"].sum() == 3  # as it was


@given(st.integers(0, 10_000), st.floats(0.05, 0.6))
def test_against_brute_force(seed, density):
    g = torch.Generator().manual_seed(seed)
    model = zoo.mlp(4, 5, 4, 3)
    masks = Masks(
        {k: torch.rand(w.shape, generator=g) < density for k, w in prune.weights(model).items()}
    )
    left, counts = neurons.remove_dead(model, masks)
    a, b, c = (m.clone() for m in masks.values())
    for _ in range(10):  # until nothing changes
        for one, two in ((a, b), (b, c)):
            for i in range(len(one)):
                if not one[i].any() or not two[:, i].any():
                    one[i] = two[:, i] = False
    assert left == Masks(dict(zip(masks, (a, b, c), strict=True)))
    assert [c.dead for c in counts] == [int((~m.any(1)).sum()) for m in (a, b)]


@given(st.integers(0, 10_000), st.floats(0, 0.5))
def test_the_slim_network_answers_as_the_masked_one(seed, density):
    g = torch.Generator().manual_seed(seed)
    model = zoo.mlp(6, 8, 7, 3, generator=g)
    masks = Masks(
        {k: torch.rand(w.shape, generator=g) < density for k, w in prune.weights(model).items()}
    )
    small = neurons.slim(model, masks, (1, 6))
    x = torch.randn(9, 6, generator=g)
    with torch.no_grad():
        torch.testing.assert_close(small(x), masks.apply(copy.deepcopy(model))(x))
    dead = [c.dead for c in neurons.remove_dead(model, masks)[1]]
    assert [small[0].out_features, small[2].out_features] == [
        max(1, n - d) for n, d in zip((8, 7), dead, strict=True)
    ]
    assert zoo.count_parameters(small) <= zoo.count_parameters(model)


def test_lenet5_slimmed_answers_as_the_masked_one(g):
    torch.manual_seed(0)
    model = zoo.lenet5()
    masks = prune.by_magnitude(model, {"1.weight": 0.3, "3.weight": 0.02, "6.weight": 0.003})
    keep = {k: m.clone() for k, m in masks.items()}
    keep["1.weight"][:4] = keep["3.weight"][5:9] = False  # channels without inputs
    keep["3.weight"][:, 10] = keep["6.weight"][:, 16 * 20 : 16 * 21] = False  # without outputs
    masks = Masks(keep)
    small = neurons.slim(model, masks, (1, 784))
    x = torch.rand(5, 784, generator=g)
    with torch.no_grad():
        torch.testing.assert_close(small(x), masks.apply(copy.deepcopy(model))(x))
    _, counts = neurons.remove_dead(model, masks)
    assert [c.no_inputs >= 4 for c in counts[:2]] == [True, True]
    assert small[1].out_channels <= 15
    assert small[3].in_channels == small[1].out_channels
    assert small[6].in_features == 16 * small[3].out_channels
    assert model[1].out_channels == 20


def test_nothing_pruned_and_everything_pruned(g):
    model = zoo.mlp(4, 3, 2, generator=g)
    whole = Masks.full(model)
    assert neurons.remove_dead(model, whole) == (whole, [neurons.Neurons("0", 3, 0, 0, 0)])
    gone = prune.by_magnitude(model, 0.0)
    assert neurons.remove_dead(model, gone) == (gone, [neurons.Neurons("0", 3, 3, 3, 3)])
    x = torch.randn(5, 4, generator=g)
    small = neurons.slim(model, gone, (1, 4))
    assert small[0].out_features == 1
    assert torch.equal(small(x), model[2].bias.expand(5, 2))


def test_networks_whose_neurons_can_t_be_told_are_refused():
    grouped = nn.Sequential(nn.Conv2d(2, 4, 1, groups=2), nn.Flatten(), nn.Linear(4, 2))
    for model in (grouped, nn.ModuleList([nn.Linear(2, 2)])):
        with pytest.raises(ValueError, match="Sequential without grouped"):
            neurons.remove_dead(model, Masks({}))
    with pytest.raises(ValueError, match="does not follow"):
        neurons.remove_dead(nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 2)), Masks({}))
    padded = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3, padding=1))
    masks = Masks({"0.weight": torch.zeros(2, 1, 3, 3)})
    with pytest.raises(ValueError, match="padded"):
        neurons.slim(padded, masks, (1, 1, 8, 8))
