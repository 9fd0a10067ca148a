"""Every form gives the masked network's answers; break-even by hand; timings that add up."""

from __future__ import annotations

import copy
import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from greenlab import deploy, forms, prune, zoo
from greenlab.masks import Masks

NETWORKS = {
    "layer": (lambda: nn.Linear(784, 30), (1, 784)),
    "without bias": (lambda: nn.Linear(784, 30, bias=False), (1, 784)),
    "lenet_300_100": (zoo.lenet_300_100, (1, 784)),
    "lenet5": (zoo.lenet5, (1, 784)),
}


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("network", NETWORKS)
def test_sparse_forms_answer_as_the_masked_network(network, density, batch, g):
    make, shape = NETWORKS[network]
    model = make()
    masks = prune.by_magnitude(model, density)
    x = torch.rand(batch, *shape[1:], generator=g)
    expected = masks.apply(copy.deepcopy(model))(x)
    with torch.no_grad():
        for kind in (forms.TorchCSR, forms.ScipyCSR):
            form = forms.sparse(masks.apply(copy.deepcopy(model)), kind)
            answer = form(x)
            assert answer.dtype == torch.float32
            torch.testing.assert_close(answer, expected)
            linear = sum(isinstance(m, nn.Linear) for m in model.modules())
            assert sum(isinstance(m, kind) for m in form.modules()) == linear


def test_csr_stores_what_is_kept_alone():
    layer = nn.Linear(20, 10)
    masks = prune.by_magnitude(layer, 0.15)
    masks.apply(layer)
    assert forms.TorchCSR(layer).weight.values().numel() == 30
    assert forms.ScipyCSR(layer).weight.nnz == 30


@pytest.mark.parametrize("network", NETWORKS)
def test_int8_is_near_the_network_with_a_quarter_of_its_bytes(network, g):
    make, shape = NETWORKS[network]
    model = make()
    x = torch.rand(9, *shape[1:], generator=g)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small = forms.int8(model)
    with torch.no_grad():
        exact, near = model(x), small(x)
    assert 0 < (near - exact).abs().max() < 0.05 * exact.abs().max()
    assert not any(isinstance(m, nn.Linear) for m in small.modules())


@pytest.mark.parametrize("network", ["lenet_300_100", "lenet5"])
@pytest.mark.parametrize("density", [0.02, 0.1, 0.5, 1.0])
def test_slim_networks_have_the_parameters_wanted(network, density):
    pytest.importorskip("torch_pruning")
    make, shape = NETWORKS[network]
    model = make()
    small = forms.slim(model, density, shape)
    assert small(torch.zeros(3, 784)).shape == (3, 10)
    assert zoo.count_parameters(small) <= density * zoo.count_parameters(model)
    assert zoo.count_parameters(small) > 0.7 * density * zoo.count_parameters(model)
    assert zoo.count_parameters(model) == zoo.count_parameters(make())


def test_the_strongest_neurons_stay(g):
    layer = nn.Linear(4, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0] * 4, [1.0] * 4, [2.0] * 4]))
    small = forms.slim(layer, 0.67, (1, 4))
    assert small.weight[:, 0].tolist() == [3, 2]
    assert torch.equal(small.bias, layer.bias[[0, 2]])
    pytest.importorskip("torch_pruning")
    model = zoo.mlp(6, 4, 2, generator=g)
    with torch.no_grad():
        model[0].weight[1] *= 10
        model[0].weight[3] *= 10
    small = forms.slim(model, 0.6, (1, 6))  # 22 of 38 parameters: two neurons
    assert torch.equal(small[0].weight, model[0].weight[[1, 3]])
    assert torch.equal(small[2].weight, model[2].weight[:, [1, 3]])


def test_without_torch_pruning_slim_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch_pruning", None)
    model = zoo.mlp(6, 4, 2)
    with pytest.raises(ImportError, match=r"pip install .torch-pruning"):
        forms.slim(model, 0.5, (1, 6))
    made = forms.forms(model, Masks.full(model), (1, 6))
    assert "slim dense" not in made
    assert "dense" in made


@pytest.mark.parametrize("density", [0.0, -1, 1.5, float("nan")])
def test_slim_wants_a_density(density):
    with pytest.raises(ValueError, match="a density in"):
        forms.slim(nn.Linear(3, 3), density, (1, 3))


def test_all_forms_of_a_layer(g):
    layer = nn.Linear(50, 40)
    masks = prune.by_magnitude(layer, 0.1)
    made = forms.forms(layer, masks, (1, 50))
    assert list(made) == ["dense", "masked dense", "scipy CSR", "torch CSR", "slim dense", "int8"]
    x = torch.rand(5, 50, generator=g)
    with torch.no_grad():
        answers = {name: form(x) for name, form in made.items()}
    torch.testing.assert_close(answers["dense"], layer(x))
    for name in ("scipy CSR", "torch CSR"):
        torch.testing.assert_close(answers[name], answers["masked dense"])
    assert zoo.count_parameters(made["slim dense"], biases=False) == 200
    assert (layer.weight != 0).all()


# Break-even


def test_break_even_by_hand():
    assert deploy.break_even([0.8, 0.9], [2.0, 0.5]) == pytest.approx(0.85)
    assert deploy.break_even([0.0, 0.5, 1.0], [4.0, 2.0, 0.5]) == pytest.approx(0.75)
    assert deploy.break_even([0.8, 0.9], [1.0, 0.5]) == pytest.approx(0.8)  # equal at 0.8
    assert deploy.break_even([0.5, 0.9], [3.0, 1.1]) is None
    assert deploy.break_even([0.5, 0.9], [0.9, 0.5]) == 0.5
    assert deploy.break_even([0.5], [1.0]) is None


def test_break_even_is_where_it_is_faster_for_good():
    sparsities, ratios = [0.5, 0.6, 0.7, 0.8], [0.9, 1.2, 2.0, 0.5]
    assert deploy.break_even(sparsities, ratios) == pytest.approx(0.75)


@given(st.floats(0.05, 0.95), st.floats(0.5, 20))
def test_break_even_finds_the_root_of_an_exponential(root, steep):
    sparsities = [i / 10 for i in range(11)]
    ratios = [math.exp(steep * (root - s)) for s in sparsities]
    assert deploy.break_even(sparsities, ratios) == pytest.approx(root, abs=1e-6)


@pytest.mark.parametrize(
    ("sparsities", "ratios", "says"),
    [
        ([0.5, 0.4], [2, 1], "rise"),
        ([0.5, 0.5], [2, 1], "rise"),
        ([0.5], [2, 1], "as many"),
        ([], [], "as many"),
        ([0.5], [0.0], "above 0"),
        ([0.5], [float("nan")], "above 0"),
    ],
)
def test_break_even_refuses_what_has_none(sparsities, ratios, says):
    with pytest.raises(ValueError, match=says):
        deploy.break_even(sparsities, ratios)


# Measuring


def test_forms_are_measured_in_turns_against_dense_of_the_same_round():
    x = torch.ones(3, 2)
    calls = []

    def form(name: str, cost: int):
        def run(x: torch.Tensor) -> None:
            assert x.shape == (3, 2)
            if calls[-1:] != [name]:
                calls.append(name)
            sum(range(cost))

        return run

    made = {"dense": form("dense", 30_000), "slow": form("slow", 300_000)}
    dense, slow = deploy.measure(made, x, 0.4, seconds=0.02, rounds=3)
    assert calls == ["dense", "slow"] * 3
    assert (dense.form, dense.batch, dense.sparsity) == ("dense", 3, 0.4)
    assert dense.ratios == (1, 1, 1)
    assert slow.dense == tuple(r.seconds for r in dense.rounds)
    assert slow.ratio > 3  # ten times the work
    assert slow.seconds == sorted(r.seconds for r in slow.rounds)[1]
    assert slow.reading in slow.rounds
    assert slow.reading.seconds == slow.seconds
    with pytest.raises(KeyError, match="dense"):
        deploy.measure({"slow": made["slow"]}, x)


def test_a_sweep_times_every_form_at_every_sparsity(g):
    timings = deploy.sweep(20, 10, [0.5, 0.9], 2, g, seconds=0.001, rounds=1)
    per_level = ["dense", "masked dense", "scipy CSR", "torch CSR", "slim dense", "int8"]
    assert [(t.form, t.sparsity) for t in timings] == [
        (form, s) for s in (0.5, 0.9) for form in per_level
    ]
    assert all(t.seconds > 0 and t.batch == 2 for t in timings)


def test_a_sparse_layer_is_faster_than_a_dense_one_when_hardly_anything_is_left(g):
    timings = deploy.sweep(2000, 2000, [0.0, 0.999], 1, g, seconds=0.02, rounds=3)
    csr = {t.sparsity: t.ratio for t in timings if t.form == "scipy CSR"}
    assert csr[0.999] < 1 < csr[0.0]
