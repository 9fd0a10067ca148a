"""The figures: drawn without warnings, right in words, readable by everyone."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from torch.nn import functional as F

from greenlab import plots, zoo
from greenlab.distill import soften
from greenlab.plots import distillation as figures

pytestmark = pytest.mark.usefixtures("strict")


@pytest.fixture
def words(capsys):
    """The figure's message in words."""

    def said() -> str:
        fig = plt.gcf()
        fig.canvas.draw()  # warnings about layout and glyphs come here
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("In words: ")
        assert max(map(len, lines)) <= 100  # no scrolling sideways
        return " ".join(lines).replace(" %", "%")

    return said


@pytest.fixture
def notebook(monkeypatch):
    """A fake notebook: what was displayed."""
    displayed: list[object] = []
    monkeypatch.setattr(plots, "get_ipython", object)
    monkeypatch.setattr(plots, "display", displayed.append)
    return displayed


# style


def test_figures_are_opaque(tmp_path):
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    fig.savefig(tmp_path / "a.png")
    pixels = plt.imread(tmp_path / "a.png")
    assert (pixels[..., 3] == 1).all()
    assert (pixels[0, 0, :3] == 1).all()


def test_letters_are_large_enough_for_a_projector():
    assert mpl.rcParams["font.size"] >= 12
    assert mpl.rcParams["lines.linewidth"] >= 2


def lab_color(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a linear RGB color (sRGB primaries, D65)."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = xyz @ rgb.clip(0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}


def seen(color: str, sight: str) -> np.ndarray:
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    return lab_color(SIGHT[sight] @ linear)


@pytest.mark.parametrize("sight", SIGHT)
def test_colors_side_by_side_differ_for_everyone(sight):
    cycle = [entry["color"] for entry in mpl.rcParams["axes.prop_cycle"]]
    side_by_side = [
        *pairwise(cycle),
        (plots.ORANGE, plots.BLUE),  # hard against soft
        (plots.RED, plots.SKY),  # the unseen digit
        *combinations((plots.ORANGE, plots.GREEN, plots.BLUE), 2),
        *combinations((plots.ORANGE, plots.BLUE, plots.GRAY), 2),
    ]
    for a, b in side_by_side:
        assert np.linalg.norm(seen(a, sight) - seen(b, sight)) > 15, (a, b)


# show


def test_in_a_notebook_a_figure_is_displayed_once_and_closed(notebook, capsys):
    fig, _ = plt.subplots()
    plots.show(fig, "a line rises.")
    assert notebook == [fig]
    assert not plt.fignum_exists(fig.number)
    assert capsys.readouterr().out == "In words: a line rises.\n"


def test_outside_a_notebook_it_stays_open(monkeypatch, capsys):
    monkeypatch.setattr(plots, "display", pytest.fail)
    fig, _ = plt.subplots()
    plots.show(fig, "a line rises.")
    assert plt.fignum_exists(fig.number)
    assert capsys.readouterr().out == "In words: a line rises.\n"


# parts


def test_spread():
    assert plots.spread([3, 1, 8]) == (4, 1, 8)
    assert plots.spread([5]) == (5, 5, 5)


def test_whiskers_reach_from_the_lowest_to_the_highest_seed():
    fig, ax = plt.subplots()
    plots.whiskers(ax, [1, 2], [[3, 1, 8], [5, 5, 5]])
    fig.canvas.draw()
    line, _, (bars,) = ax.containers[0]
    assert line.get_xydata().tolist() == [[1, 4], [2, 5]]
    assert [s[:, 1].tolist() for s in bars.get_segments()] == [[1, 8], [5, 5]]


def test_bars_have_their_height_and_label():
    fig, ax = plt.subplots()
    plots.bars(ax, {"a": [2, 4], "b": [7]}, (plots.BLUE,), "errors")
    fig.canvas.draw()
    assert [p.get_height() for p in ax.patches] == [3, 7]
    assert [float(t.get_text()) for t in ax.texts] == [3, 7]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
    assert ax.get_ylabel() == "errors"


# the figures of the distillation lab

LOGITS = torch.tensor([[0, 1, 2, 9, 4, 8, 0, 0, 0, 0], [9.0, 0, 0, 0, 0, 0, 0, 0, 7, 0]])


@pytest.mark.parametrize("rows", [1, 2])
def test_soft_targets(rows, words):
    images = torch.rand(rows, 784)
    figures.soft_targets(soften, images, torch.tensor([5, 0])[:rows], LOGITS[:rows], (1, 20))
    said = words()
    assert "first digit says 5" in said
    assert "T = 20" in said
    assert "[3, 5, 4]" in said
    axes = plt.gcf().axes
    assert len(axes) == 4 * rows
    assert axes[0].get_title() == "label 5"
    assert [p.get_height() for p in axes[1].patches] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    heights = [p.get_height() for p in axes[3].patches]
    np.testing.assert_allclose(heights, F.softmax(LOGITS[0] / 20, 0), atol=1e-6)


def test_temperature_panel():
    students = {"on labels": LOGITS[0], "distilled": LOGITS[1]}
    fig = figures.temperature_panel(torch.rand(784), 3, 4.0, LOGITS[0], students)
    fig.canvas.draw()
    titles = [ax.get_title() for ax in fig.axes]
    assert titles == [
        "label 3",
        "hard label",
        "teacher at T = 4",
        "on labels: 3, right",
        "distilled: 0, wrong",
    ]
    for ax, expected in zip(
        fig.axes[2:],
        (F.softmax(LOGITS[0] / 4, 0), F.softmax(LOGITS[0], 0), F.softmax(LOGITS[1], 0)),
        strict=True,
    ):
        np.testing.assert_allclose([p.get_height() for p in ax.patches], expected, atol=1e-6)


def test_gradient_scale(words):
    figures.gradient_scale([1, 2, 4], {"without T²": [1.0, 0.25, 0.0625], "with T²": [1, 1, 2]})
    said = words()
    assert "from T = 1 to 4" in said
    assert "factor of 16 without T², 2 with T²" in said


HARD = {"30-30": [120, 130], "100-100": [80, 90]}
SOFT = {"30-30": [100, 105], "100-100": [60, 61]}


def test_hard_against_soft(words):
    figures.hard_against_soft(HARD, SOFT, 34, 2000)
    said = words()
    assert "30-30: 125 errors on hard labels, 102 soft" in said
    assert "100-100: 85 errors on hard labels, 60 soft" in said
    assert "the teacher makes 34" in said
    left, right = plt.gcf().axes
    assert right.get_ylabel() == "errors of 2,000"
    assert [p.get_height() for p in left.patches] == [146, 74, 67]  # Hinton et al.
    assert [p.get_height() for p in right.patches] == [125, 85, 102.5, 60.5]


@pytest.mark.parametrize("sizes", [("30-30",), ("10-10", "30-30", "100-100")])
def test_temperature_sweep(sizes, words):
    sweep = {size: {1: [120, 122], 4: [100, 104], 20: [130, 136]} for size in sizes}
    hard = {size: [140, 150] for size in sizes}
    figures.temperature_sweep(sweep, hard, 2000)
    said = words()
    for size in sizes:
        assert f"{size} is best at T = 4 (102 errors)" in said
    axes = plt.gcf().axes
    assert [ax.get_title() for ax in axes] == [f"student {size}" for size in sizes]
    labels = [t.get_text() for ax in axes for t in ax.get_legend().get_texts()]
    assert labels.count("hard labels") == len(sizes)
    assert sum(text.startswith("paper") for text in labels) == 1  # at 30 units alone


@pytest.mark.parametrize(
    ("members", "together", "single", "kept"),
    [
        ([70, 80, 90], 60, [63, 67], "75%"),  # (80 − 65) / (80 − 60)
        ([60, 60], 60, [61], "none"),  # no gain to keep, and no division by zero
        ([60, 60], 70, [61], "none"),
        ([80], 60, [90], "-50%"),
    ],
)
def test_ten_into_one(members, together, single, kept, words):
    figures.ten_into_one(members, together, single, 2000)
    said = words()
    assert f"one of the ten makes {np.mean(members):.1f} errors" in said
    assert f"the ten together {together}, the one distilled" in said
    assert f"from them {np.mean(single):.1f}: it keeps {kept} of the gain" in said
    assert "the paper's keeps 86%" in said  # 1.9 of 2.2 points
    left, right = plt.gcf().axes
    assert [p.get_height() for p in left.patches] == [58.9, 61.1, 60.8]
    means = [np.mean(members), together, np.mean(single)]
    assert [p.get_height() for p in right.patches] == means


@pytest.mark.parametrize("n", [1, 4, 6])
def test_compare(n, words):
    own = {f"case\n{i}": [10 * i + 1, 10 * i + 3] for i in range(n)}
    figures.compare(own, 2000, "A title")
    means = {int(i): float(mean) for i, mean in re.findall(r"case (\d): ([\d.]*\d)", words())}
    assert means == {i: 10 * i + 2 for i in range(n)}
    (ax,) = plt.gcf().axes
    assert ax.get_title() == "A title"
    assert [p.get_height() for p in ax.patches] == [10 * i + 2 for i in range(n)]


def test_unseen_digit(words):
    figures.unseen_digit([0, 1, 2], [50, 30, 40], 1, (206, 133), (109, 14), 3, 2000)
    said = words()
    assert "before, 206 errors, 133 of them on 3s" in said
    assert "with 1 added to that bias, 109 and 14." in said
    _, right = plt.gcf().axes
    heights = [p.get_height() for p in right.patches]
    # Paper before, after; you before, after: on the digit, then the rest, in %.
    np.testing.assert_allclose(heights, [1.33, 0.73, 0.14, 0.95, 6.65, 3.65, 0.7, 4.75], atol=1e-9)


def test_price_table(monkeypatch):
    shown: list[object] = []
    monkeypatch.setattr(figures, "display", shown.append)
    monkeypatch.setattr(figures.train, "seconds_to_predict", lambda model, x: 0.004)
    networks = [
        ("30-30", zoo.mlp(784, 30, 30, 10), 99.6),
        ("100-100", zoo.mlp(784, 100, 100, 10), 60.0),
    ]
    figures.price_table(networks, torch.zeros(2000, 784))
    (table,) = shown
    header, _, *rows = table.data.splitlines()
    cells = [[c.strip() for c in row.strip("|").split("|")] for row in rows]
    assert header.rstrip().endswith("errors of 2,000 |")
    assert [[*row[:3], float(row[3]), row[4]] for row in cells] == [
        ["30-30", "24,790", "24,720", 2, "100"],  # 784·30 + 30·30 + 30·10 weights
        ["100-100", "89,610", "89,400", 2, "60"],  # 4 ms for 2,000 is 2 ms for 1,000
    ]


def test_in_a_notebook_each_figure_of_the_lab_is_closed(notebook):
    figures.hard_against_soft(HARD, SOFT, 34, 2000)
    figures.compare(HARD, 2000, "Your run")
    figures.gradient_scale([1, 2], {"a": [1, 2]})
    assert len(notebook) == 3
    assert all(isinstance(fig, Figure) for fig in notebook)
    assert plt.get_fignums() == []


def test_units_and_words_are_in_every_axis_of_the_lab():
    figures.hard_against_soft(HARD, SOFT, 34, 2000)
    figures.gradient_scale([1, 2], {"a": [1, 2]})
    figures.unseen_digit([0, 1], [5, 3], 1, (206, 133), (109, 14), 3, 2000)
    for number in plt.get_fignums():
        for ax in plt.figure(number).axes:
            assert re.search(r"\w", ax.get_ylabel())
