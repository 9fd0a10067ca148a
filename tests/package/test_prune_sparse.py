"""Retraining in sparse form against masked dense retraining."""

from __future__ import annotations

import copy
import warnings

import pytest
import torch
from torch import nn

from greenlab import prune, prune_sparse, train, zoo
from greenlab.masks import Masks

pytestmark = pytest.mark.skipif(
    not prune_sparse.available(), reason="this PyTorch has no sparse products on the CPU"
)


@pytest.fixture
def pairs(g):
    x = torch.rand(70, 12, generator=g) * (torch.rand(70, 12, generator=g) < 0.6)
    return x, torch.randint(3, (70,), generator=g)


@pytest.mark.parametrize("sizes", [(12, 3), (12, 9, 3), (12, 9, 5, 3)])
@pytest.mark.parametrize("density", [0.0, 0.1, 0.4, 1.0])
@pytest.mark.parametrize("penalty", [(0.0, 0.0), (1e-3, 1e-2)])
def test_sparse_as_masked_dense(sizes, density, penalty, pairs):
    model = zoo.mlp(*sizes, generator=torch.Generator().manual_seed(1))
    dense = copy.deepcopy(model)
    masks = prune.by_magnitude(model, density)
    l1, l2 = penalty
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prune_sparse.retrain(
            model,
            masks,
            pairs,
            epochs=4,
            generator=torch.Generator().manual_seed(2),
            l1=l1,
            l2=l2,
            lr=3e-3,
            batch=20,  # the last one is shorter
        )
    g = torch.Generator().manual_seed(2)
    loss = prune.penalized(dense, l1, l2)
    prune.retrain(dense, masks, pairs, loss, epochs=4, generator=g, lr=3e-3, batch=20)
    for name, p in model.named_parameters():
        torch.testing.assert_close(p, dense.get_parameter(name), atol=2e-5, rtol=1e-4)
        if name in masks:
            assert (p[~masks[name]] == 0).all()
    assert all(p.requires_grad for p in model.parameters())


def test_a_layer_without_masks_keeps_all_its_weights(pairs, g):
    model = zoo.mlp(12, 6, 3, generator=g)
    before = copy.deepcopy(model)
    masks = Masks({"0.weight": torch.eye(12)[:6]})
    prune_sparse.retrain(model, masks, pairs, epochs=1, generator=g, l2=0.01)
    assert (model[2].weight != before[2].weight).all()
    assert model[0].weight.count_nonzero() == 6


def test_gradients_are_autograd_s(g):
    model = zoo.mlp(8, 7, 6, 4, generator=g)
    masks = prune.by_magnitude(model, 0.4)
    masks.apply(model)
    x, y = torch.rand(5, 8, generator=g), torch.randint(4, (5,), generator=g)
    nn.functional.cross_entropy(model(x), y).backward()
    net = []
    for i in (0, 2, 4):
        keep, w = masks[f"{i}.weight"], model[i].weight.detach()
        grads = torch.zeros(int(keep.sum())), torch.zeros(len(w))
        net.append(prune_sparse._Layer.make(keep, w[keep], model[i].bias.detach()[:, None], *grads))
    with torch.no_grad():
        loss = prune_sparse._backward(net, x, y)
    assert loss == pytest.approx(nn.functional.cross_entropy(model(x), y).item())
    for i, layer in zip((0, 2, 4), net, strict=True):
        torch.testing.assert_close(layer.w_grad, model[i].weight.grad[masks[f"{i}.weight"]])
        torch.testing.assert_close(layer.bias_grad, model[i].bias.grad)


def test_other_networks_and_losses_without_a_number_are_refused(pairs, g):
    with pytest.raises(ValueError, match="linear layers and ReLUs"):
        prune_sparse.retrain(zoo.lenet5(), Masks({}), pairs, epochs=1, generator=g)
    model = zoo.mlp(12, 3)
    with pytest.raises(ValueError, match="has shape"):
        prune_sparse.retrain(
            model, Masks({"0.weight": torch.ones(3, 3)}), pairs, epochs=1, generator=g
        )
    x = pairs[0].clone()
    x[0] = float("nan")
    with pytest.raises(ValueError, match="loss is nan"):
        prune_sparse.retrain(model, Masks.full(model), (x, pairs[1]), epochs=1, generator=g)


def test_lenet_makes_the_errors_of_masked_dense_training(digits):
    pairs = (digits.train_x[:2000], digits.train_y[:2000])
    model = zoo.lenet_300_100(torch.Generator().manual_seed(0))
    dense = copy.deepcopy(model)
    masks = prune.by_magnitude(model, 0.1)
    prune_sparse.retrain(
        model, masks, pairs, epochs=3, generator=torch.Generator().manual_seed(0), l2=1e-3
    )
    loss, g = prune.penalized(dense, l2=1e-3), torch.Generator().manual_seed(0)
    prune.retrain(dense, masks, pairs, loss, epochs=3, generator=g)
    test = (digits.test_x, digits.test_y)
    assert train.errors(model, *test) == pytest.approx(train.errors(dense, *test), abs=5)
