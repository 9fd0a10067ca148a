"""Retraining together against retraining one by one."""

from __future__ import annotations

import copy

import pytest
import torch

from greenlab import prune, prune_together, train, zoo
from greenlab.masks import Masks


@pytest.fixture
def pairs(g):
    x = torch.rand(70, 12, generator=g) * (torch.rand(70, 12, generator=g) < 0.6)
    x[:, :2] = 0  # pixels that are never on
    return x, torch.randint(3, (70,), generator=g)


def networks(densities: list[float], seed: int = 0) -> tuple[list, list]:
    """Networks and their masks, pruned to `densities`."""
    g = torch.Generator().manual_seed(seed)
    models = [zoo.mlp(12, 9, 5, 3, generator=g) for _ in densities]
    return models, [prune.by_magnitude(m, d) for m, d in zip(models, densities, strict=True)]


@pytest.mark.parametrize("densities", [[0.1], [1.0, 1.0], [0.3, 0.05, 0.6], [0.0, 0.2]])
@pytest.mark.parametrize("penalty", [(0.0, 0.0), (0.0, 1e-2), (1e-3, 0.0), (1e-3, 1e-2)])
def test_together_as_one_by_one(densities, penalty, pairs):
    models, masks = networks(densities)
    alone = copy.deepcopy(models)
    l1, l2 = penalty
    prune_together.retrain(
        models,
        masks,
        pairs,
        epochs=3,
        generators=[torch.Generator().manual_seed(j) for j in range(len(models))],
        l1=l1,
        l2=[l2 * (j + 1) for j in range(len(models))],
        lr=3e-3,
        batch=20,
    )
    for j, (model, other, mask) in enumerate(zip(models, alone, masks, strict=True)):
        loss = prune.penalized(other, l1, l2 * (j + 1))
        g = torch.Generator().manual_seed(j)
        prune.retrain(other, mask, pairs, loss, epochs=3, generator=g, lr=3e-3, batch=20)
        for name, p in model.named_parameters():
            torch.testing.assert_close(p, other.get_parameter(name), atol=2e-5, rtol=1e-4)
            if name in mask:
                assert (p[~mask[name]] == 0).all()


def test_pixels_that_no_weight_looks_at_or_that_are_never_on_are_not_multiplied(pairs):
    models, masks = networks([0.05, 0.4])
    first = [m["0.weight"] for m in masks]
    seen = [m.any(0) & pairs[0].any(0) for m in first]
    assert any(m[:, :2].any() for m in first)  # kept, and never on
    small, kept, inputs, columns, idle = prune_together._narrow(models, masks, pairs[0])
    width = max(int(s.sum()) for s in seen)
    assert width <= 10
    assert {m[0].in_features for m in small} == {width}
    for j, (model, thin, own) in enumerate(zip(models, small, inputs, strict=True)):
        torch.testing.assert_close(thin(own), model(pairs[0]))
        assert kept[j]["0.weight"].sum() == first[j][:, seen[j]].sum()
        assert columns[j].tolist() == seen[j].nonzero().flatten().tolist()
        assert set(idle[j].tolist()) == set(first[j][:, :2].any(0).nonzero().flatten().tolist())


def test_what_does_not_fit_is_refused(pairs, g):
    models, masks = networks([0.5, 0.5])
    wrong = Masks({"2.weight": torch.ones(5, 8)})
    with pytest.raises(ValueError, match="shape"):
        prune_together.retrain(models, [wrong, wrong], pairs, epochs=1, generators=[g, g])
    for short in ({"generators": [g, g], "masks": masks[:1]}, {"generators": [g, g], "l2": [0.1]}):
        options = {"masks": masks, **short}
        with pytest.raises(ValueError, match=r"shorter|mask"):
            prune_together.retrain(models, options.pop("masks"), pairs, epochs=1, **options)


def test_a_loss_that_is_not_finite_is_told(pairs, g):
    models, masks = networks([0.5])
    x = pairs[0].clone()
    x[0, 5:] = float("nan")
    with pytest.raises(ValueError, match="losses are"):
        prune_together.retrain(models, masks, (x, pairs[1]), epochs=1, generators=[g], batch=100)


def test_lenets_reach_the_errors_of_those_retrained_alone(digits):
    x, y, test = digits.train_x[:2000], digits.train_y[:2000], (digits.test_x, digits.test_y)
    models, masks = [], []
    for seed in range(2):
        g = torch.Generator().manual_seed(seed)
        models.append(zoo.lenet_300_100(g))
        train.fit(models[-1], (x, y), epochs=3, generator=g)
        masks.append(prune.by_magnitude(models[-1], 0.15))
    alone = copy.deepcopy(models)
    seeds = [torch.Generator().manual_seed(7 + j) for j in range(2)]
    prune_together.retrain(models, masks, (x, y), epochs=3, generators=seeds, l2=1e-4)
    for j, (model, other) in enumerate(zip(models, alone, strict=True)):
        g = torch.Generator().manual_seed(7 + j)
        loss = prune.penalized(other, l2=1e-4)
        prune.retrain(other, masks[j], (x, y), loss, epochs=3, generator=g)
        assert train.errors(model, *test) == pytest.approx(train.errors(other, *test), abs=8)
