"""Masks and pruning against hand counts, brute force and torch.nn.utils.prune."""

from __future__ import annotations

import copy
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import prune as torch_prune

from greenlab import prune, train, zoo
from greenlab.prune import Masks

OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, 1e-2, weight_decay=1e-3),
    "fused adam": lambda p: torch.optim.Adam(p, 1e-2, weight_decay=1e-3, fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, 1e-2, weight_decay=0.1),
    "sgd": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=1e-3),
    "nesterov": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
}


def one(*values: float) -> dict[str, Tensor]:
    """One layer's weights."""
    return {"w": torch.tensor(values)}


def kept(masks: Masks, name: str = "w") -> list[int]:
    """The mask as 0s and 1s."""
    return masks[name].int().flatten().tolist()


@pytest.fixture
def model(g):
    return zoo.mlp(6, 8, 4, generator=g)


@pytest.fixture
def pairs(g):
    return torch.randn(40, 6, generator=g), torch.randint(4, (40,), generator=g)


# Masks


@pytest.mark.parametrize("bad", [[0.5, 1], [2, 0], [-1, 1], [float("nan"), 1], [float("inf")]])
def test_masks_refuse_anything_but_0_and_1(bad):
    with pytest.raises(ValueError, match="w holds other values than 0 and 1"):
        Masks({"w": torch.tensor(bad)})


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int64, torch.float32])
def test_masks_are_bool_whatever_kind_of_0_and_1_they_come_from(kind):
    given = torch.tensor([1, 0, 1]).to(kind)
    masks = Masks({"w": given})
    given.fill_(0)
    assert masks["w"].dtype == torch.bool
    assert kept(masks) == [1, 0, 1]  # a copy


@pytest.mark.parametrize("shape", [(4, 8), (8, 5), (48,)])
def test_masks_refuse_shapes_and_names_that_are_not_the_model_s(model, shape):
    wrong = {"0.weight": torch.ones(shape)}
    for of in (model, prune.weights(model)):
        with pytest.raises(ValueError, match=r"0\.weight has shape .*not \(8, 6\)"):
            Masks(wrong, of=of)
        with pytest.raises(ValueError, match=r"no parameter '1\.weight'"):
            Masks({"1.weight": torch.ones(8, 6)}, of=of)
    for use in (Masks(wrong).apply, lambda m: Masks(wrong).hold(m).__enter__()):
        with pytest.raises(ValueError, match="has shape"):
            use(model)
    with pytest.raises(ValueError, match="has shape"):
        prune.by_magnitude(model, 0.5, within=Masks(wrong))


def test_masks_compose_to_what_both_keep():
    a = Masks({"w": torch.tensor([1, 1, 0, 0]), "a": torch.tensor([1, 0])})
    b = Masks({"w": torch.tensor([1, 0, 1, 0]), "b": torch.tensor([0])})
    both = a & b
    assert {name: kept(both, name) for name in both} == {"w": [1, 0, 0, 0], "a": [1, 0], "b": [0]}
    assert both == b & a
    assert a & a == a
    with pytest.raises(ValueError, match="shape"):
        a & Masks({"w": torch.ones(2, 2)})


def test_masks_equal_by_value():
    a = Masks({"w": torch.tensor([1, 0])})
    assert a == Masks({"w": torch.tensor([True, False])})
    assert a != Masks({"w": torch.tensor([1, 1])})
    assert a != Masks({"w": torch.tensor([1, 0, 0])})
    assert a != Masks({"v": torch.tensor([1, 0])})
    assert a != {"w": torch.tensor([1, 0])}


def test_density_counts_weights_not_layers():
    masks = Masks({"a": torch.tensor([1, 0, 0, 0, 0, 0]), "b": torch.tensor([1, 1])})
    assert (masks.kept, masks.total, masks.density) == (3, 8, 0.375)
    assert masks.densities == {"a": pytest.approx(1 / 6), "b": 1.0}
    assert repr(masks) == "Masks(3 of 8 kept, density 0.375)"


def test_nothing_at_all_has_density_1():
    assert Masks({}).density == 1
    assert Masks({"w": torch.ones(0, 5)}).densities == {"w": 1}


def test_weights_are_those_of_linear_and_convolution_layers():
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3), nn.LayerNorm(3)
    )
    assert list(prune.weights(model)) == ["0.weight", "3.weight"]
    assert list(prune.weights(nn.Linear(2, 2))) == ["weight"]
    assert Masks.full(zoo.lenet_300_100()).total == 266_200  # biases not counted
    assert Masks.full(zoo.lenet5()).total == 430_500


def test_apply_sets_pruned_weights_to_0_and_leaves_the_rest(model):
    before = copy.deepcopy(model)
    with torch.no_grad():
        before[0].weight[0, 0] = model[0].weight[0, 0] = float("nan")
    masks = Masks({"0.weight": torch.arange(48).view(8, 6) % 2})
    assert masks.apply(model) is model
    assert (model[0].weight[~masks["0.weight"]] == 0).all()  # also what was not a number
    assert torch.equal(model[0].weight[masks["0.weight"]], before[0].weight[masks["0.weight"]])
    assert torch.equal(model[0].bias, before[0].bias)
    assert torch.equal(model[2].weight, before[2].weight)


# Which weights: by layer, by all layers, by deviation


def test_by_magnitude_by_hand():
    w = one(0.1, -0.9, 0.5, -0.3, 0.0)
    assert kept(prune.by_magnitude(w, 0.6)) == [0, 1, 1, 1, 0]
    assert kept(prune.by_magnitude(w, 0.2)) == [0, 1, 0, 0, 0]
    assert kept(prune.by_magnitude(w, 0.0)) == [0] * 5  # kthvalue has no 0th
    assert kept(prune.by_magnitude(w, 1.0)) == [1] * 5  # the zero too


def test_ties_are_broken_by_position():
    assert kept(prune.by_magnitude(one(1, -1, 1, -1, 2), 0.6)) == [1, 1, 0, 0, 1]
    assert kept(prune.by_magnitude(one(0, 0, 0, 0), 0.5)) == [1, 1, 0, 0]
    together = prune.by_global_magnitude({"a": torch.ones(3), "b": torch.ones(3)}, 0.5)
    assert (kept(together, "a"), kept(together, "b")) == ([1, 1, 1], [0, 0, 0])


@pytest.mark.parametrize("choose", [prune.by_magnitude, prune.by_global_magnitude])
def test_empty_layers_and_empty_models(choose):
    assert choose({}, 0.5) == Masks({})
    masks = choose({"none": torch.ones(0, 3), "w": torch.tensor([1.0, 2.0])}, 0.5)
    assert masks["none"].shape == (0, 3)
    assert kept(masks) == [0, 1]


def test_one_density_a_layer_by_name():
    ws = {"a": torch.arange(10.0), "b": torch.arange(4.0), "c": torch.arange(3.0)}
    masks = prune.by_magnitude(ws, {"a": 0.3, "b": 0.5})
    assert [int(m.sum()) for m in masks.values()] == [3, 2, 3]
    with pytest.raises(ValueError, match=r"no layer \['d'\]; there are \['a', 'b', 'c'\]"):
        prune.by_magnitude(ws, {"d": 0.3})


@pytest.mark.parametrize("choose", [prune.by_magnitude, prune.by_global_magnitude])
def test_densities_out_of_range_and_values_without_order_are_refused(choose):
    for density in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
            choose(one(1.0, 2.0), density)
    with pytest.raises(ValueError, match="not a number"):
        choose(one(1.0, float("nan")), 0.5)


values = st.lists(st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]), min_size=1, max_size=30)


@given(values, st.floats(0, 1), st.floats(0, 1), st.randoms(use_true_random=False))
def test_by_magnitude_against_brute_force(w, density, share, random):
    allowed = [random.random() < share for _ in w]
    masks = prune.by_magnitude(one(*w), density, within=Masks({"w": torch.tensor(allowed)}))
    candidates = [i for i, a in enumerate(allowed) if a]
    candidates.sort(key=lambda i: (-abs(w[i]), i))
    best = set(candidates[: round(density * len(candidates))])
    assert kept(masks) == [int(i in best) for i in range(len(w))]


@given(values, values, st.floats(0, 1))
def test_by_global_magnitude_against_brute_force(a, b, density):
    masks = prune.by_global_magnitude({"a": torch.tensor(a), "b": torch.tensor(b)}, density)
    order = sorted(range(len(a + b)), key=lambda i: (-abs((a + b)[i]), i))
    best = set(order[: round(density * len(order))])
    assert kept(masks, "a") + kept(masks, "b") == [int(i in best) for i in range(len(a + b))]


@pytest.mark.parametrize("density", [0.0, 0.03, 0.5, 0.97, 1.0])
def test_the_same_weights_as_torch_prunes(density):
    model = zoo.lenet5()
    theirs = copy.deepcopy(model)
    layers = [m for m in theirs if isinstance(m, nn.Linear | nn.Conv2d)]
    for layer in layers:
        pruned = layer.weight.numel() - round(density * layer.weight.numel())
        torch_prune.l1_unstructured(layer, "weight", pruned)
    assert prune.by_magnitude(model, density) == Masks.from_torch(theirs)
    theirs = copy.deepcopy(model)
    whole = [(m, "weight") for m in theirs if isinstance(m, nn.Linear | nn.Conv2d)]
    amount = 430_500 - round(density * 430_500)
    torch_prune.global_unstructured(whole, torch_prune.L1Unstructured, amount=amount)
    assert prune.by_global_magnitude(model, density) == Masks.from_torch(theirs)


def test_half_then_a_fifth_of_what_is_left_keeps_40_percent():
    layer = nn.Linear(100, 10)
    first = prune.by_magnitude(layer, 0.5)
    second = prune.by_magnitude(layer, 0.8, within=first)
    assert (first.kept, second.kept) == (500, 400)
    assert second & first == second  # nothing comes back
    globally = prune.by_global_magnitude(layer, 0.8, within=prune.by_global_magnitude(layer, 0.5))
    assert globally == second
    torch_prune.l1_unstructured(layer, "weight", 0.5)
    torch_prune.l1_unstructured(layer, "weight", 0.2)
    assert Masks.from_torch(layer) == second


def test_by_deviation_by_hand():
    w = one(3.0, -1.0, 1.0, -3.0)  # mean 0, deviation √5 = 2.236
    assert kept(prune.by_deviation(w, 1.0)) == [1, 0, 0, 1]
    assert kept(prune.by_deviation(w, 0.4)) == [1, 1, 1, 1]
    assert kept(prune.by_deviation(w, 1.0, {"w": 0.4})) == [1, 1, 1, 1]
    assert kept(prune.by_deviation(w, 0.4, {"w": 2.5})) == [1, 0, 0, 1]
    assert kept(prune.by_deviation(w, 2.0)) == [0, 0, 0, 0]
    two = {"a": torch.tensor([1.0, -1.0]), "b": torch.tensor([9.0, -9.0])}
    assert prune.by_deviation(two, 1.0).density == 1  # at the threshold, each layer its own
    assert prune.by_deviation(two, 1.01).density == 0


def test_by_deviation_within_masks_takes_the_deviation_of_what_is_left():
    w = one(2.0, -2.0, 3.0, -3.0, 0.0, 0.0)
    within = Masks({"w": torch.tensor([1, 1, 1, 1, 0, 0])})  # deviation 2.55; of all 2.08
    assert kept(prune.by_deviation(w, 1.0, within=within)) == [0, 0, 1, 1, 0, 0]
    assert kept(prune.by_deviation(w, 0.9, within=within)) == [0, 0, 1, 1, 0, 0]
    assert kept(prune.by_deviation(w, 0.9)) == [1, 1, 1, 1, 0, 0]
    assert kept(prune.by_deviation(w, 0.0, within=within)) == [1, 1, 1, 1, 0, 0]


def test_by_deviation_at_the_edges():
    assert kept(prune.by_deviation(one(5.0), 3.0)) == [1]  # one weight: no deviation
    assert kept(prune.by_deviation(one(0.0, 0.0), 3.0)) == [1, 1]
    assert prune.by_deviation({"none": torch.ones(0)}, 1.0)["none"].shape == (0,)
    gone = Masks({"w": torch.zeros(2)})
    assert kept(prune.by_deviation(one(1.0, 2.0), 0.0, within=gone)) == [0, 0]
    for bad in (
        {"quality": -1},
        {"quality": 1, "sensitivity": {"w": -1}},
        {"quality": float("nan")},
    ):
        with pytest.raises(ValueError, match="0 or more"):
            prune.by_deviation(one(1.0), **bad)
    with pytest.raises(ValueError, match="no layer"):
        prune.by_deviation(one(1.0), 1, {"v": 1})
    with pytest.raises(ValueError, match="not a number"):
        prune.by_deviation(one(1.0, float("nan")), 1)


# Training that holds the masks


def steps(model: nn.Module, optimizer: torch.optim.Optimizer, pairs: tuple, n: int = 5) -> None:
    """A few plain steps of training."""
    for _ in range(n):
        optimizer.zero_grad()
        F.cross_entropy(model(pairs[0]), pairs[1]).backward()
        optimizer.step()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_pruned_weights_stay_exactly_0_whatever_trains(kind, model, pairs):
    optimizer = OPTIMIZERS[kind](model.parameters())
    steps(model, optimizer, pairs)  # so that momentum and averages are not 0
    masks = prune.by_magnitude(model, 0.3)
    loose = copy.deepcopy(model)
    same = OPTIMIZERS[kind](loose.parameters())
    same.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    masks.apply(loose)
    steps(loose, same, pairs)
    before = model[0].weight.detach().clone()
    with masks.hold(model):
        steps(model, optimizer, pairs)
        within = [(w[~masks[k]] == 0).all() for k, w in prune.weights(model).items()]
    assert all(within)
    for name, w in prune.weights(model).items():
        pruned = w[~masks[name]]
        assert (pruned == 0).all()
        assert not torch.signbit(pruned).any()  # 0, not −0
        assert (prune.weights(loose)[name][~masks[name]] != 0).any()  # applied once: revived
    moved = (model[0].weight != before)[masks["0.weight"]]
    assert moved.all()  # the rest has trained, negative weights too


def test_holding_trains_as_torch_prune_does(model, pairs):
    theirs = copy.deepcopy(model)
    masks = prune.by_magnitude(model, 0.4)
    masks.to_torch(theirs)
    with masks.hold(model):
        steps(model, torch.optim.Adam(model.parameters(), 1e-2), pairs, 20)
    steps(theirs, torch.optim.Adam(theirs.parameters(), 1e-2), pairs, 20)
    torch.testing.assert_close(model(pairs[0]), theirs(pairs[0]))


def test_a_hold_ends_with_its_block_and_touches_no_other_model(model, pairs):
    other = copy.deepcopy(model)
    masks = prune.by_magnitude(model, 0.0)
    with masks.hold(model):
        steps(other, torch.optim.SGD(other.parameters(), 0.1), pairs)
    assert (other[0].weight != 0).all()
    with pytest.raises(RuntimeError, match="stop"), masks.hold(model):
        raise RuntimeError("stop")
    with torch.no_grad():
        model[0].weight.fill_(1)
    steps(model, torch.optim.SGD(model.parameters(), 0.1), pairs)
    assert (model[0].weight != 0).any()


def test_two_holds_at_once(model, pairs):
    a, b = prune.by_magnitude(model, 0.5), Masks({"2.bias": torch.tensor([1, 0, 1, 0])})
    with a.hold(model), b.hold(model):
        steps(model, OPTIMIZERS["adam"](model.parameters()), pairs)
    assert all((w[~a[k]] == 0).all() for k, w in prune.weights(model).items())
    assert model[2].bias.ne(0).tolist() == [True, False, True, False]


def test_retrain_goes_on_from_the_trained_values(model, pairs, g):
    masks = prune.by_magnitude(model, 0.5)
    trained = model[0].weight.detach().clone()
    prune.retrain(model, masks, pairs, epochs=0, generator=g)
    assert torch.equal(model[0].weight, trained * masks["0.weight"])
    history = prune.retrain(model, masks, pairs, epochs=3, generator=g, test=pairs, patience=1)
    assert len(history.errors) == len(history.loss)
    assert prune.by_magnitude(model, 1.0).kept == masks.total
    assert all((w[~masks[k]] == 0).all() for k, w in prune.weights(model).items())


def test_iterate_prunes_to_shares_of_all_weights_and_never_takes_back(model, pairs, g):
    rounds = []
    for masks, history in prune.iterate(model, [0.5, 0.3, 0.1, 0.0], pairs, epochs=2, generator=g):
        assert len(history.loss) == 2
        assert all((w[~masks[k]] == 0).all() for k, w in prune.weights(model).items())
        rounds.append(masks)
    for share, masks in zip([0.5, 0.3, 0.1, 0.0], rounds, strict=True):
        assert [int(m.sum()) for m in masks.values()] == [round(share * 48), round(share * 32)]
    for earlier, later in pairwise(rounds):
        assert later & earlier == later
    with pytest.raises(ValueError, match="must fall"):
        next(prune.iterate(model, [0.3, 0.5], pairs, epochs=1, generator=g))


@given(st.integers(1, 200), st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_iterate_s_counts_are_exact(n, densities):
    densities = sorted(densities, reverse=True)
    layer = nn.Linear(n, 1)
    pairs = (torch.ones(1, n), torch.zeros(1, dtype=torch.long))
    rounds = prune.iterate(
        layer, densities, pairs, epochs=0, generator=torch.Generator().manual_seed(0)
    )
    assert [masks.kept for masks, _ in rounds] == [round(d * n) for d in densities]


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.1, 0.0), (0.0, 0.2), (0.1, 0.2)])
def test_penalties_by_hand(l1, l2, model, pairs):
    logits = model(pairs[0])
    expected = F.cross_entropy(logits, pairs[1])
    for w in (model[0].weight, model[2].weight):  # no biases
        expected = expected + l1 * w.abs().sum() + l2 * (w**2).sum() / 2
    torch.testing.assert_close(prune.penalized(model, l1, l2)(logits, pairs[1]), expected)


def test_the_l2_penalty_is_sgd_s_weight_decay(pairs, g):
    model = nn.Linear(6, 4, bias=False)
    theirs = copy.deepcopy(model)
    for m, decay, loss in (
        (model, 0.0, prune.penalized(model, l2=0.3)),
        (theirs, 0.3, F.cross_entropy),
    ):
        optimizer = torch.optim.SGD(m.parameters(), 0.1, weight_decay=decay)
        loss(m(pairs[0]), pairs[1]).backward()
        optimizer.step()
    torch.testing.assert_close(model.weight, theirs.weight)


def test_penalties_below_0_are_refused(model):
    for bad in ({"l1": -1.0}, {"l2": -1.0}, {"l1": float("nan")}):
        with pytest.raises(ValueError, match="0 or more"):
            prune.penalized(model, **bad)


@pytest.mark.parametrize(
    ("rate", "kept", "of", "expected"),
    [(0.5, 25, 100, 0.25), (0.5, 100, 100, 0.5), (0.5, 0, 100, 0), (0, 1, 4, 0), (1, 9, 100, 0.3)],
)
def test_dropout_rule_by_hand(rate, kept, of, expected):
    assert prune.retraining_dropout(rate, kept, of) == pytest.approx(expected)


@pytest.mark.parametrize("bad", [(0.5, 5, 4), (0.5, -1, 4), (0.5, 0, 0), (1.5, 1, 4), (-0.1, 1, 4)])
def test_dropout_rule_refuses_impossible_counts(bad):
    with pytest.raises(ValueError, match="can't scale dropout"):
        prune.retraining_dropout(*bad)


def test_sensitivity_prunes_one_layer_at_a_time_and_puts_it_back(model):
    before = copy.deepcopy(model.state_dict())
    seen = []

    def measure(m: nn.Module) -> float:
        seen.append([int(w.count_nonzero()) for w in prune.weights(m).values()])
        return float(len(seen))

    found = prune.sensitivity(model, [0.5, 1.0, 0.0], measure)
    assert found == {"0.weight": [1, 2, 3], "2.weight": [4, 5, 6]}
    assert seen == [[24, 32], [48, 32], [0, 32], [48, 16], [48, 32], [48, 0]]
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())

    def fail(m: nn.Module) -> float:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        prune.sensitivity(model, [0.0], fail)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


# torch.nn.utils.prune


def test_masks_go_to_torch_and_come_back(model):
    masks = prune.by_magnitude(model, 0.4) & Masks({"0.bias": torch.arange(8) % 2})
    theirs = copy.deepcopy(model)
    masks.to_torch(theirs)
    assert torch_prune.is_pruned(theirs)
    assert Masks.from_torch(theirs) == masks
    x = torch.ones(2, 6)
    assert torch.equal(theirs(x), masks.apply(model)(x))
    Masks({"0.weight": torch.zeros(8, 6)}).to_torch(theirs)  # on top of what is there
    assert Masks.from_torch(theirs)["0.weight"].sum() == 0


def test_torch_s_masks_must_be_there_and_be_made_permanent(model):
    with pytest.raises(ValueError, match="has put no mask"):
        Masks.from_torch(model)
    masks = prune.by_magnitude(model, 0.5)
    masks.to_torch(model)
    with pytest.raises(ValueError, match="made permanent first"):
        masks.apply(model)
    assert prune.by_magnitude(model, 0.5) == masks  # the weights are found all the same


# What papers.md checked: fresh weights in the same mask do worse than the trained ones


@pytest.mark.slow
def test_retraining_beats_fresh_weights_in_the_same_mask(digits):
    g = torch.Generator().manual_seed(0)
    pairs, test = (digits.train_x, digits.train_y), (digits.test_x, digits.test_y)
    model = zoo.lenet_300_100(g)
    train.fit(model, pairs, epochs=6, generator=g)
    masks = prune.by_magnitude(model, 0.1)
    prune.retrain(model, masks, pairs, epochs=6, generator=g)
    fresh = zoo.lenet_300_100(g)
    prune.retrain(fresh, masks, pairs, epochs=6, generator=g)
    assert train.errors(model, *test) < train.errors(fresh, *test)
