"""The compression table against hand counts, scipy's CSR and a plain encoder."""

from __future__ import annotations

import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from greenlab import compression, prune, zoo
from greenlab.masks import Masks

HAN = {
    "lenet_300_100": (0.08, 0.09, 0.26),
    "lenet5": (0.66, 0.12, 0.08, 0.19),
    "alexnet": (0.84, 0.38, 0.35, 0.37, 0.37, 0.09, 0.09, 0.25),
}


def by_hand(mask: list[int]) -> list[tuple[int, int]]:
    """The 4-bit relative form, place by place: (zeros before it, kept or filler)."""
    stored, zeros = [], 0
    last = max((i for i, keep in enumerate(mask) if keep), default=-1)
    for keep in mask[: last + 1]:
        if keep or zeros == 15:
            stored.append((zeros, keep))
            zeros = 0
        else:
            zeros += 1
    return stored


def test_the_relative_form_of_the_eie_paper_s_example():
    # Han et al. 2016, §3.2: this column is v = [1, 2, 0, 3], z = [2, 0, 15, 2].
    w = torch.tensor([0, 0, 1, 2, *[0] * 18, 3, 0, 0, 0], dtype=torch.float32)
    counts, values = compression.encode(w)
    assert values.tolist() == [1, 2, 0, 3]
    assert counts.tolist() == [2, 0, 15, 2]
    assert compression.fillers(w != 0) == 1


@pytest.mark.parametrize(("zeros", "stored"), [(0, 1), (15, 1), (16, 2), (31, 2), (32, 3)])
def test_a_filler_for_each_16_pruned_in_a_row(zeros, stored):
    w = torch.tensor([0.0] * zeros + [1.0])
    assert len(compression.encode(w)[1]) == stored
    assert compression.fillers(w != 0) == stored - 1


runs = st.lists(st.tuples(st.integers(0, 70), st.integers(0, 3)), max_size=8)


@given(runs)
def test_the_relative_form_against_a_plain_encoder(runs):
    mask = [bit for zeros, ones in runs for bit in [0] * zeros + [1] * ones]
    w = torch.arange(1.0, len(mask) + 1) * torch.tensor(mask)
    counts, values = compression.encode(w)
    stored = by_hand(mask)
    assert counts.tolist() == [zeros for zeros, _ in stored]
    assert values.ne(0).tolist() == [bool(keep) for _, keep in stored]
    assert compression.fillers(w != 0) == sum(not keep for _, keep in stored)
    assert torch.equal(compression.decode(counts, values, w.shape), w)


@pytest.mark.parametrize("network", [zoo.lenet_300_100, zoo.lenet5])
def test_the_table_against_scipy_and_hand_counts(network):
    model = network()
    masks = prune.by_magnitude(
        model, dict(zip(prune.weights(model), HAN[network.__name__], strict=True))
    )
    masks.apply(model)
    table = compression.table(model, masks, (1, 784))
    assert [row.density for row in table.layers] == pytest.approx(HAN[network.__name__], abs=1e-3)
    for row, (name, w) in zip(table.layers, prune.weights(model).items(), strict=True):
        csr = scipy.sparse.csr_matrix(w.detach().flatten(1).numpy())
        assert row.csr_bytes == csr.data.nbytes + csr.indices.nbytes + csr.indptr.nbytes
        assert row.dense_bytes == w.detach().numpy().nbytes
        counts, values = compression.encode(w.detach())
        assert len(counts) == len(values) == row.kept + row.fillers
        assert row.relative_bytes == -(-len(counts) * 9 // 2)
        assert row.biases == len(w)
        assert row.kept == masks[name].sum()


def test_parameters_left_are_the_paper_s():
    for name, left, rate in (
        ("lenet_300_100", 22e3, 12),
        ("lenet5", 36e3, 12),
        ("alexnet", 6.7e6, 9),
    ):
        shape = (1, 3, 224, 224) if name == "alexnet" else (1, 784)
        table = compression.from_densities(getattr(zoo, name)(), HAN[name], shape)
        assert table.total.kept + table.total.biases == pytest.approx(left, rel=0.05)
        assert round(table.rate) == pytest.approx(rate, abs=1)


def test_flops_left_are_the_paper_s_for_lenet5():
    # All products with a kept weight: the paper's 16 % skips zero activations too.
    table = compression.from_densities(zoo.lenet5(), HAN["lenet5"], (1, 784))
    dense = [2 * 24 * 24 * 500, 2 * 8 * 8 * 25_000, 2 * 400_000, 2 * 5_000]
    assert [row.dense_flops for row in table.layers] == dense
    expected = sum(d * f for d, f in zip(HAN["lenet5"], dense, strict=True))
    assert table.total.flops == pytest.approx(expected, rel=1e-3)


def test_zero_inputs_are_skipped_where_inputs_are_given():
    model = zoo.mlp(4, 2, 2)
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 0, 0, 0], [-1, 0, 0, 0]]))
        model[0].bias.zero_()
    x = torch.tensor([[1.0, 2, 0, 0], [1, 0, 0, 0]])  # 3 of 8 are not 0; after ReLU 2 of 4
    first, second = compression.table(model, Masks.full(model), x).layers
    assert first.flops == 2 * 8 * 3 / 8
    assert second.flops == 2 * 4 * 2 / 4
    assert first.dense_flops == 16
    assert model.training  # as it was


def test_fillers_expected_at_random_places_are_about_those_counted(g):
    layer = nn.Linear(1000, 300)
    for density in (0.02, 0.08, 0.3):
        random = torch.rand(300, 1000, generator=g)
        masks = prune.by_magnitude({"weight": random}, density)
        expected = compression.from_densities(layer, [density], (1, 1000)).total
        counted = compression.table(layer, masks, (1, 1000)).total
        assert counted.kept == expected.kept
        assert expected.fillers == pytest.approx(counted.fillers, rel=0.05)
        assert expected.relative_bytes == pytest.approx(counted.relative_bytes, rel=0.02)


@pytest.mark.parametrize("density", [0.0, 1.0])
def test_all_and_nothing_pruned(density):
    model = zoo.lenet_300_100()
    masks = prune.by_magnitude(model, density)
    total = compression.table(model, masks, (1, 784)).total
    assert total.kept == density * 266_200
    assert total.fillers == 0
    assert total.flops == density * 2 * 266_200
    assert total.relative_bytes == density * 266_200 * 4.5
    assert compression.from_densities(model, [density] * 3, (1, 784)).total == total


def test_a_network_without_weights_has_an_empty_table():
    table = compression.table(nn.Sequential(nn.ReLU()), Masks({}), (1, 3))
    assert table.layers == ()
    assert table.total.density == 1


@pytest.mark.parametrize("bad", [(0.5, 0.5), (0.5, 0.5, 1.5), {"0.weight": 0.5}, {}])
def test_densities_must_fit_the_network(bad):
    with pytest.raises(ValueError, match="a density in"):
        compression.from_densities(zoo.lenet_300_100(), bad, (1, 784))


def test_the_table_prints_every_layer_and_the_rate():
    model = zoo.lenet_300_100()
    text = str(compression.from_densities(model, HAN["lenet_300_100"], (1, 784)))
    assert [line.split()[0] for line in text.splitlines()[:5]] == ["layer", "0", "2", "4", "all"]
    assert "18,816   8.0" in text
    assert "12 times fewer parameters" in text
