"""The explorers: live with sliders, and still where widgets can't run."""

from __future__ import annotations

import base64
import copy
import io
import re

import IPython
import IPython.display
import ipywidgets
import matplotlib.pyplot as plt
import pytest
import torch

from greenlab import layerwise, train, widgets, zoo


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    everything: list[object] = []
    monkeypatch.setattr(IPython.display, "display", everything.append)
    return everything


@pytest.fixture
def kernel(monkeypatch):
    """A notebook with a running kernel."""
    shell = type("Shell", (), {"kernel": object()})()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)


@pytest.fixture
def case(g):
    """Three digits, their labels, a teacher's and two students' logits."""
    images = torch.rand(3, 784, generator=g)
    logits = 3 * torch.randn(3, 3, 10, generator=g)
    return images, torch.tensor([1, 2, 3]), logits[0], {"labels": logits[1], "soft": logits[2]}


def parts(shown: list[object]) -> tuple:
    """The two sliders and the picture."""
    box = shown[0]
    sliders, screen = box.children
    temperature, digit = sliders.children
    return temperature, digit, screen


def pixels(png: bytes) -> torch.Tensor:
    assert png.startswith(b"\x89PNG")
    return torch.from_numpy(plt.imread(io.BytesIO(png)))


def test_without_a_kernel_a_still_picture_is_displayed(shown, case):
    widgets.temperature_explorer(*case)
    (image,) = shown
    assert isinstance(image, IPython.display.Image)
    assert pixels(image.data)[..., 3].min() == 1  # opaque
    assert "T = 4" in image.alt
    assert plt.get_fignums() == []


def test_a_plain_shell_without_a_kernel_is_not_live(shown, case, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", object)
    widgets.temperature_explorer(*case)
    assert isinstance(shown[0], IPython.display.Image)


def test_with_a_kernel_there_are_two_sliders_and_a_picture(shown, case, kernel):
    widgets.temperature_explorer(*case)
    temperature, digit, screen = parts(shown)
    assert isinstance(temperature, ipywidgets.SelectionSlider)
    assert (temperature.value, digit.value) == (4.0, 0)
    assert (digit.min, digit.max) == (0, 2)
    steps = list(temperature.options)
    assert steps == sorted(steps)
    assert {1, 4, 20} <= set(steps)  # the temperatures that the paper and the lab speak of
    assert min(steps) < 1
    assert screen.format == "png"


def test_moving_a_slider_changes_the_picture_and_back_again(shown, case, kernel):
    widgets.temperature_explorer(*case)
    temperature, digit, screen = parts(shown)
    first = bytes(screen.value)
    temperature.value = 20.0
    softer = bytes(screen.value)
    digit.value = 2
    other = bytes(screen.value)
    pictures = [pixels(png) for png in (first, softer, other)]
    assert not torch.equal(pictures[0], pictures[1])
    assert not torch.equal(pictures[1], pictures[2])
    digit.value, temperature.value = 0, 4.0
    assert torch.equal(pixels(bytes(screen.value)), pictures[0])
    assert plt.get_fignums() == []


def test_the_sliders_hand_on_what_they_show(shown, case, kernel, monkeypatch):
    images, _, teacher, students = case
    asked = []
    panel = widgets.figures.temperature_panel

    def spy(image, label, T, z, answers):
        asked.append((image, label, T, z, answers))
        return panel(image, label, T, z, answers)

    monkeypatch.setattr(widgets.figures, "temperature_panel", spy)
    widgets.temperature_explorer(*case)
    temperature, digit, _ = parts(shown)
    digit.value = 1
    temperature.value = 8
    image, label, T, z, answers = asked[-1]
    assert torch.equal(image, images[1])
    assert (label, T) == (2, 8)
    assert torch.equal(z, teacher[1])
    assert torch.equal(answers["soft"], students["soft"][1])


def test_folded_below_the_sliders_stands_the_same_still_picture(shown, case, kernel):
    widgets.temperature_explorer(*case)
    screen = parts(shown)[2]
    html = shown[1].data
    source = re.search(r'src="data:image/png;base64,([^"]+)"', html).group(1)
    assert base64.b64decode(source) == bytes(screen.value)
    assert "<details>" in html
    assert 'alt="' in html


def test_one_digit(shown, case, kernel):
    images, labels, teacher, students = case
    few = {name: z[:1] for name, z in students.items()}
    widgets.temperature_explorer(images[:1], labels[:1], teacher[:1], few)
    assert parts(shown)[1].max == 0


def test_nothing_to_show(shown):
    with pytest.raises(ValueError, match="at least one digit"):
        widgets.temperature_explorer(torch.zeros(0, 784), torch.zeros(0), torch.zeros(0, 10), {})
    assert shown == []


# the threshold explorer


@pytest.fixture
def pruned(g):
    """A network, its inputs, and the labels that it gives them."""
    model = zoo.mlp(6, 12, 3, generator=g)
    x = torch.randn(40, 6, generator=g)
    return model, x, train.predict(model, x).argmax(1)


def test_threshold_explorer_stands_still_without_a_kernel(shown, pruned):
    model, x, y = pruned
    before = [p.clone() for p in model.parameters()]
    widgets.threshold_explorer(model, layerwise.threshold_mask, x, y, start=0.0)
    (image,) = shown
    # Nothing is below a threshold of 0.
    assert "100.0% of all weights kept, 0.0% test errors" in image.alt
    assert pixels(image.data)[..., 3].min() == 1
    assert all(map(torch.equal, before, model.parameters()))
    assert plt.get_fignums() == []


def test_threshold_explorer_moves(shown, pruned, kernel, monkeypatch):
    model, x, y = pruned
    asked = []
    panel = widgets.neurons.threshold_panel

    def spy(ws, masks, quality, curve, now):
        asked.append((masks, quality, curve, now))
        return panel(ws, masks, quality, curve, now)

    monkeypatch.setattr(widgets.neurons, "threshold_panel", spy)
    widgets.threshold_explorer(model, layerwise.threshold_mask, x, y)
    slider, screen, words = shown[0].children
    first = bytes(screen.value)
    assert "In words: At quality 1: " in words.value
    slider.value = 2.0
    assert "In words: At quality 2: " in words.value
    assert not torch.equal(pixels(bytes(screen.value)), pixels(first))
    masks, quality, curve, now = asked[-1]
    right = layerwise.threshold_mask(model[0].weight.detach(), 2.0)
    assert f"({100 * float(right.float().mean()):.1f}% of " in words.value
    assert torch.equal(masks["0.weight"], right)
    assert quality == 2.0
    assert now in curve
    assert now[0] == pytest.approx(100 * masks.density)
    errors = train.errors(masks.apply(copy.deepcopy(model)), x, y)
    assert now[1] == pytest.approx(100 * errors / 40)
    assert len(curve) == len(slider.options)
    assert "<details>" in shown[1].data


def test_threshold_explorer_takes_masks_of_numbers_and_refuses_weights(shown, pruned):
    model, x, y = pruned
    widgets.threshold_explorer(model, lambda w, q: (w.abs() >= q * w.std()).float(), x, y)
    with pytest.raises(ValueError, match="other values than 0 and 1"):
        widgets.threshold_explorer(model, lambda w, q: w, x, y)
    with pytest.raises(ValueError, match="start must be one of"):
        widgets.threshold_explorer(model, layerwise.threshold_mask, x, y, start=0.05)
