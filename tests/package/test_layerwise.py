"""Pruning in plain tensors against hand counts, scipy, brute force, the package's other forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from greenlab import layerwise, neurons, prune, train, zoo
from greenlab.masks import Masks


def test_threshold_by_hand():
    w = torch.tensor([-3.0, -1.0, 1.0, 3.0])  # σ = √5
    assert layerwise.threshold_mask(w, 0.5).tolist() == [True, False, False, True]
    assert layerwise.threshold_mask(w, 0.4).all()
    assert layerwise.threshold_mask(torch.zeros(3), 2).all()  # nothing lies below 0


def test_keep_largest_by_hand():
    w = torch.tensor([[0.5, -0.5, 0.1], [2.0, 0.5, -0.2]])
    assert int(layerwise.keep_largest(w, 0.5).sum()) == 3
    assert layerwise.keep_largest(w, 1 / 6).tolist() == [[False] * 3, [True, False, False]]
    assert not layerwise.keep_largest(w, 0).any()
    assert layerwise.keep_largest(w, 1).all()


def test_prune_further_keeps_40_percent(g):
    w = torch.randn(10, 10, generator=g)
    half = layerwise.keep_largest(w, 0.5)
    left = layerwise.prune_further(w, half, 0.8)
    assert int(left.sum()) == 40
    assert torch.equal(left, layerwise.keep_largest(w, 0.4))
    other = torch.rand(10, 10, generator=g) < 0.5
    assert not (layerwise.prune_further(w, other, 0.8) & ~other).any()


def test_penalty_and_its_gradient(g):
    ws = [torch.randn(3, 4, generator=g).requires_grad_(), torch.randn(2, generator=g)]
    by_numpy = sum(
        0.3 * np.abs(w.detach().numpy()).sum() + 0.1 * (w.detach().numpy() ** 2).sum() for w in ws
    )
    value = layerwise.penalty(ws, 0.3, 0.2)
    assert float(value.detach()) == pytest.approx(by_numpy, rel=1e-5)
    value.backward()
    w = ws[0].detach()
    torch.testing.assert_close(ws[0].grad, 0.3 * w.sign() + 0.2 * w)


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_held_step_is_a_step_with_the_pruned_weights_at_0(kind, g):
    model = zoo.mlp(6, 8, 3, generator=g)
    x, y = torch.randn(12, 6, generator=g), torch.arange(12) % 3
    momentum = {"momentum": 0.9} if kind is torch.optim.SGD else {}
    optimizer = kind(model.parameters(), lr=0.05, weight_decay=0.1, **momentum)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    masks = dict(prune.by_magnitude(model, 0.4))
    Masks(masks).apply(model)
    before = model[0].weight.detach().clone()
    layerwise.held_step(model, masks, optimizer, x, y, l2=0.01)
    for name, w in prune.weights(model).items():
        assert not w[~masks[name]].any()
    assert not torch.equal(model[0].weight, before)


def test_retrain_is_the_package_s_retraining(g):
    models = [zoo.mlp(6, 8, 3, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    x, y = torch.randn(40, 6, generator=g), torch.arange(40) % 3
    masks = prune.by_magnitude(models[0], 0.4)
    options = {"epochs": 3, "lr": 0.01, "batch": 10}
    one, two = (torch.Generator().manual_seed(2) for _ in range(2))
    layerwise.retrain(models[0], masks, x, y, generator=one, l1=0.01, **options)
    loss = prune.penalized(models[1], l1=0.01)
    prune.retrain(models[1], masks, (x, y), loss, generator=two, **options)
    for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(p, q)


def test_iterate_is_the_package_s_rounds(g):
    models = [zoo.mlp(10, 10, 2, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    x, y = torch.randn(40, 10, generator=g), torch.arange(40) % 2
    options = {"epochs": 2, "lr": 0.01, "batch": 10}
    one, two = (torch.Generator().manual_seed(2) for _ in range(2))
    masks, errors = layerwise.iterate(
        models[0], [0.5, 0.8], x, y, lambda m: train.errors(m, x, y), generator=one, **options
    )
    rounds = prune.iterate(models[1], [0.5, 0.4], (x, y), generator=two, **options)
    theirs = []
    for (found, _), error in zip(rounds, errors, strict=True):
        assert train.errors(models[1], x, y) == error
        theirs.append(found)
    assert theirs[-1] == Masks(masks)
    for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(p, q)


def brute(masks: list[Tensor]) -> list[Tensor]:
    """Neuron by neuron, one at a time, until nothing changes."""
    masks = [mask.clone() for mask in masks]
    changed = True
    while changed:
        changed = False
        for a, b in pairwise(masks):
            for j in range(len(a)):
                if a[j].any() != b[:, j].any():
                    a[j], b[:, j], changed = False, False, True
    return masks


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=5), st.integers(0, 1000))
def test_remove_dead_against_brute_force(sizes, seed):
    g = torch.Generator().manual_seed(seed)
    masks = [torch.rand(b, a, generator=g) < 0.35 for a, b in pairwise(sizes)]
    before = [mask.clone() for mask in masks]
    assert all(map(torch.equal, layerwise.remove_dead(masks), brute(masks)))
    assert all(map(torch.equal, masks, before))


def test_remove_dead_is_the_package_s(g):
    model = zoo.mlp(9, 8, 7, 3, generator=g)
    masks = prune.by_magnitude(model, 0.1)
    found, _ = neurons.remove_dead(model, masks)
    assert all(map(torch.equal, layerwise.remove_dead(list(masks.values())), found.values()))


def test_times_fewer_of_the_paper():
    sizes, biases = [235_200, 30_000, 1_000], [300, 100, 10]
    assert layerwise.times_fewer(sizes, biases, [0.08, 0.09, 0.26]) == pytest.approx(12, abs=0.05)
    assert layerwise.times_fewer(sizes, biases, [1, 1, 1]) == 1
    assert layerwise.times_fewer([10], [5], [0]) == 3


@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
def test_csr_bytes_are_scipy_s(density, g):
    mask = torch.rand(7, 11, generator=g) < density
    sparse = scipy.sparse.csr_matrix(mask.numpy().astype(np.float32))
    stored = sparse.data.nbytes + sparse.indices.nbytes + sparse.indptr.nbytes
    assert layerwise.csr_bytes(mask) == stored
