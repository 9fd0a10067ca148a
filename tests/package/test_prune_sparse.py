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
@pytest.mark.parametrize("densities", [[0.0], [0.1], [1.0], [0.4, 0.1], [0.2, 0.0, 0.6]])
@pytest.mark.parametrize("penalty", [(0.0, 0.0), (1e-3, 1e-2)])
def test_sparse_as_masked_dense(sizes, densities, penalty, pairs):
    g = torch.Generator().manual_seed(1)
    models = [zoo.mlp(*sizes, generator=g) for _ in densities]
    alone = copy.deepcopy(models)
    masks = [prune.by_magnitude(m, d) for m, d in zip(models, densities, strict=True)]
    l1, l2 = penalty
    options = {"epochs": 4, "lr": 3e-3, "batch": 20}  # the last batch is shorter
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        generators = [torch.Generator().manual_seed(j) for j in range(len(models))]
        prune_sparse.retrain(models, masks, pairs, generators=generators, l1=l1, l2=l2, **options)
    for j, (model, dense, mask) in enumerate(zip(models, alone, masks, strict=True)):
        loss, g = prune.penalized(dense, l1, l2), torch.Generator().manual_seed(j)
        prune.retrain(dense, mask, pairs, loss, generator=g, **options)
        for name, p in model.named_parameters():
            torch.testing.assert_close(p, dense.get_parameter(name), atol=2e-5, rtol=1e-4)
            if name in mask:
                assert (p[~mask[name]] == 0).all()
        assert all(p.requires_grad for p in model.parameters())


def test_a_layer_without_masks_keeps_all_its_weights(pairs, g):
    model = zoo.mlp(12, 6, 3, generator=g)
    before = copy.deepcopy(model)
    masks = Masks({"0.weight": torch.eye(12)[:6]})
    prune_sparse.retrain([model], [masks], pairs, epochs=1, generators=[g], l2=0.01)
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
        net.append(
            prune_sparse._Layer.make([keep], w[keep], model[i].bias.detach()[:, None], *grads)
        )
    with torch.no_grad():
        loss = prune_sparse._backward(net, x.t().contiguous(), y[None]).item()
    assert loss == pytest.approx(nn.functional.cross_entropy(model(x), y).item())
    for i, layer in zip((0, 2, 4), net, strict=True):
        torch.testing.assert_close(layer.w_grad, model[i].weight.grad[masks[f"{i}.weight"]])
        torch.testing.assert_close(layer.bias_grad, model[i].bias.grad)


def test_other_networks_and_losses_without_a_number_are_refused(pairs, g):
    with pytest.raises(ValueError, match="linear layers and ReLUs"):
        prune_sparse.retrain([zoo.lenet5()], [Masks({})], pairs, epochs=1, generators=[g])
    options = {"epochs": 1, "generators": [g]}
    model, wrong = zoo.mlp(12, 3), Masks({"0.weight": torch.ones(3, 3)})
    with pytest.raises(ValueError, match="has shape"):
        prune_sparse.retrain([model], [wrong], pairs, **options)
    with pytest.raises(ValueError, match=r"zip\(\)"):
        prune_sparse.retrain([model, zoo.mlp(12, 4, 3)], [wrong, wrong], pairs, **options)
    x = torch.full_like(pairs[0], float("nan"))
    with pytest.raises(ValueError, match="loss is nan"):
        prune_sparse.retrain([model], [Masks.full(model)], (x, pairs[1]), **options)


def test_lenet_makes_the_errors_of_masked_dense_training(digits):
    pairs = (digits.train_x[:2000], digits.train_y[:2000])
    model = zoo.lenet_300_100(torch.Generator().manual_seed(0))
    dense = copy.deepcopy(model)
    masks = prune.by_magnitude(model, 0.1)
    generators = [torch.Generator().manual_seed(0)]
    prune_sparse.retrain([model], [masks], pairs, epochs=3, generators=generators, l2=1e-3)
    loss, g = prune.penalized(dense, l2=1e-3), torch.Generator().manual_seed(0)
    prune.retrain(dense, masks, pairs, loss, epochs=3, generator=g)
    test = (digits.test_x, digits.test_y)
    assert train.errors(model, *test) == pytest.approx(train.errors(dense, *test), abs=5)
