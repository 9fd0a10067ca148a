"""The pruning lab's own figures and tables: what they say in words is what was drawn."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
import torch
from IPython.display import Markdown

from greenlab import compression, deploy, layerwise, prune, zoo
from greenlab.plots import neurons, savings


def words(capsys) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_synapses_counts_who_hears_and_is_heard(capsys):
    # 3 inputs, 3 and 2 hidden neurons, 2 classes. The third hidden neuron has no inputs, the
    # second of the next layer no outputs.
    masks = [
        torch.tensor([[1, 1, 1], [1, 0, 0], [0, 0, 0]]).bool(),
        torch.tensor([[1, 0, 1], [0, 1, 0]]).bool(),
        torch.tensor([[1, 0], [1, 0]]).bool(),
    ]
    neurons.synapses({"before": [torch.ones_like(m) for m in masks], "after": masks})
    told = words(capsys)
    assert "before: 19 connections, 5 of 5 hidden neurons" in told
    assert "after: 9 connections, 3 of 5 hidden neurons" in told
    after = plt.gcf().axes[1]
    lines = sum(len(c.get_segments()) for c in after.collections if hasattr(c, "get_segments"))
    assert lines == 5 + 3  # connections between neurons, and a bar of inputs for each of 3


def test_pixels_are_counted_over_neurons(capsys):
    mask = torch.zeros(4, 784, dtype=torch.bool)
    mask[:, 14 * 28 + 14] = True  # all look at one pixel in the middle
    neurons.pixels(mask, torch.zeros(2, 784))
    told = words(capsys)
    assert "783 of 784 pixels feed none" in told
    assert "feeds 0.0 neurons on average, one of the four outer rows and columns 0.0" in told


def test_sensitivities_and_held_say_their_last_points(capsys):
    neurons.sensitivities([1.0, 0.1], {"a → b": [5.0, 33.3]}, 5.0)
    assert "a → b: 33.3% errors with 90% of the layer gone" in words(capsys)
    neurons.held({"once": [0, 900], "held": [0, 0]}, 1000)
    assert "of 1,000 pruned weights are not 0 after 1 steps: once: 900; held: 0" in words(capsys)


def test_distributions_count_what_is_kept(capsys, g):
    w = torch.randn(30, 40, generator=g)
    mask = layerwise.keep_largest(w, 0.1)
    neurons.distributions({"all": (w, torch.ones_like(mask)), "cut": (w, mask)}, "40 → 30")
    told = words(capsys)
    assert "all: 1,200 weights" in told
    mean = float(w[mask].abs().mean())
    assert f"cut: 120 weights, of mean magnitude {mean:.2g}, 0% of them near zero" in told


def test_the_threshold_panel_shows_density_and_error(g):
    model = zoo.mlp(6, 8, 3, generator=g)
    ws = prune.weights(model)
    masks = {name: layerwise.threshold_mask(w, 1.0) for name, w in ws.items()}
    fig = neurons.threshold_panel(ws, masks, 1.0, [(100, 5), (30, 9)], (30, 9))
    assert "30.0% of all weights kept, 9.0% test errors" in fig.get_suptitle()
    assert len(fig.axes) == 3
    for ax, mask in zip(fig.axes, masks.values(), strict=False):
        kept, pruned = ax.containers
        assert sum(bar.get_height() for bar in kept) == int(mask.sum())
        assert sum(bar.get_height() for bar in pruned) == int((~mask).sum())


@pytest.fixture
def shown(monkeypatch):
    """The tables that were displayed."""
    everything: list[Markdown] = []
    monkeypatch.setattr(savings, "display", everything.append)
    return everything


def test_the_compression_table_uses_the_student_s_function(shown):
    counted = compression.from_densities(zoo.lenet_300_100(), [0.08, 0.09, 0.26], (1, 784))
    rows = [("counted", counted, "22K, 12×, 8%", None), ("measured", counted, None, 4.25)]
    savings.compression_table(rows, layerwise.times_fewer)
    counted_row, measured_row = shown[0].data.split("\n")[2:]
    assert "| 266,610 | 22,186 | 12.0 |" in counted_row
    assert counted_row.endswith("| 8% | counted | 22K, 12×, 8% |")
    assert measured_row.endswith("| 4.2% | – |")
    savings.compression_table(rows[:1], lambda *_: 99.94)
    assert "| 99.9 |" in shown[1].data


def test_the_energy_table_says_how_the_joules_are_known(shown, g):
    timings = deploy.sweep(8, 4, [0.5, 0.9], 2, g, seconds=0.002, rounds=1)
    savings.energy_table(timings, 0.9)
    lines = shown[0].data.split("\n")
    assert "90% pruned" in lines[0]
    forms = [line.split("|")[2].strip() for line in lines[2:]]
    assert forms == [t.form for t in timings if t.sparsity == 0.9]
    methods = {line.split("|")[-2].strip() for line in lines[2:]}
    assert methods <= {"counter", "sampled", "estimated", "unavailable"}
