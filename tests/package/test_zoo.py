"""The networks against the papers' counts; the trained weights against their model cards."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from greenlab import data, prune, train, zoo
from greenlab.device import Lab
from greenlab.installed import reinstall
from greenlab.zoo import build, pruned, weights

CPU = torch.device("cpu")
TRAINED = ["ensemble_10x100", "lenet5_12x", "lenet_300_100_12x", "teacher_1200"]
PRUNED = {
    "lenet5_12x": (0.66, 0.12, 0.08, 0.19),  # Han et al. 2015, Table 4
    "lenet_300_100_12x": (0.08, 0.09, 0.26),  # Table 3
}


def dense(*sizes: int, biases: bool = True) -> int:
    """Parameters of a fully connected network, by hand."""
    return sum(a * b + b * biases for a, b in pairwise(sizes))


def convs(*channels: int, side: int = 3, biases: bool = True) -> int:
    """Parameters of a chain of square convolutions, by hand."""
    return sum(a * b * side**2 + b * biases for a, b in pairwise(channels))


@pytest.mark.parametrize(
    ("network", "all_of_them", "weights_alone"),
    [
        (zoo.lenet_300_100, 266_610, 266_200),  # Frankle: P = (265200 · … + 1000 · …) / 266200
        (zoo.lenet5, 431_080, 430_500),  # Han: 431K; 500 + 25,000 + 400,000 + 5,000
        (zoo.alexnet, 61_100_840, 61_090_496),  # Han: 61M
        (zoo.vgg16, 138_357_544, 138_344_128),  # Han: 138M
        (
            zoo.conv2,
            convs(3, 64, 64) + dense(64 * 16 * 16, 256, 256, 10),
            convs(3, 64, 64, biases=False) + dense(64 * 16 * 16, 256, 256, 10, biases=False),
        ),
        (
            zoo.conv4,
            convs(3, 64, 64, 128, 128) + dense(128 * 8 * 8, 256, 256, 10),
            convs(3, 64, 64, 128, 128, biases=False)
            + dense(128 * 8 * 8, 256, 256, 10, biases=False),
        ),
        (
            zoo.conv6,
            convs(3, 64, 64, 128, 128, 256, 256) + dense(256 * 4 * 4, 256, 256, 10),
            convs(3, 64, 64, 128, 128, 256, 256, biases=False)
            + dense(256 * 4 * 4, 256, 256, 10, biases=False),
        ),
    ],
)
def test_parameters(network, all_of_them, weights_alone):
    model = network()
    assert zoo.count_parameters(model) == all_of_them
    assert zoo.count_parameters(model, biases=False) == weights_alone


@pytest.mark.parametrize(
    ("network", "conv", "total"),
    [(zoo.conv2, 38_000, 4.3e6), (zoo.conv4, 260_000, 2.4e6), (zoo.conv6, 1.1e6, 2.26e6)],
)
def test_conv_nets_have_the_sizes_that_the_lottery_paper_prints(network, conv, total):
    # Frankle & Carbin, Figure 2: "all / conv weights" 4.3M / 38K, 2.4M / 260K, 1.7M / 1.1M.
    # Conv-6's 1.7M is a slip: 1.1M in its convolutions and 1.1M in its first dense layer.
    model = network()
    in_convs = sum(m.weight.numel() for m in model if isinstance(m, nn.Conv2d))
    assert zoo.count_parameters(model, biases=False) == pytest.approx(total, rel=0.02)
    assert in_convs == pytest.approx(conv, rel=0.05)


@pytest.mark.parametrize(
    ("network", "shape", "classes"),
    [
        (zoo.lenet_300_100, (784,), 10),
        (zoo.lenet5, (784,), 10),
        (zoo.conv2, (3, 32, 32), 10),
        (zoo.conv4, (3, 32, 32), 10),
        (zoo.conv6, (3, 32, 32), 10),
        (zoo.alexnet, (3, 224, 224), 1000),
        (zoo.vgg16, (3, 224, 224), 1000),
    ],
)
@pytest.mark.parametrize("n", [1, 3])
def test_logits_have_a_row_for_each_image(network, shape, classes, n):
    model = network()
    x = torch.zeros(n, *shape, device=next(model.parameters()).device)
    assert model(x).shape == (n, classes)


@pytest.mark.parametrize("network", [zoo.alexnet, zoo.vgg16])
def test_the_networks_for_counting_take_no_memory(network):
    assert all(p.is_meta for p in network().parameters())
    assert not torch.empty(1).is_meta  # and the default device is as it was


@pytest.mark.parametrize(
    ("network", "kept", "expected"),
    [
        (zoo.lenet_300_100, (0.08, 0.09, 0.26), 22_000),
        (zoo.lenet5, (0.66, 0.12, 0.08, 0.19), 36_000),
        (zoo.alexnet, (0.84, 0.38, 0.35, 0.37, 0.37, 0.09, 0.09, 0.25), 6.7e6),
    ],
)
def test_layers_are_the_papers_layers(network, kept, expected):
    # Han et al.: the densities that they print leave the number of weights that they print.
    layers = [m for m in network() if isinstance(m, nn.Linear | nn.Conv2d)]
    left = sum(d * m.weight.numel() for d, m in zip(kept, layers, strict=True))
    assert left == pytest.approx(expected, rel=0.05)


def test_mlp_is_relu_between_linears_and_ends_in_logits():
    g = torch.Generator().manual_seed(1)
    model = zoo.mlp(5, 4, 3, 2, generator=g)
    x = torch.randn(7, 5, generator=g)
    (w1, b1), (w2, b2), (w3, b3) = ((m.weight, m.bias) for m in model if isinstance(m, nn.Linear))
    by_hand = (x @ w1.T + b1).clamp(min=0)
    by_hand = (by_hand @ w2.T + b2).clamp(min=0) @ w3.T + b3
    torch.testing.assert_close(model(x), by_hand)
    assert (by_hand < 0).any()  # no ReLU at the end


def test_mlp_draws_from_its_generator_alone():
    def vector(seed: int, noise: int) -> torch.Tensor:
        torch.manual_seed(noise)
        model = zoo.mlp(20, 30, 10, generator=torch.Generator().manual_seed(seed))
        return nn.utils.parameters_to_vector(model.parameters())

    assert torch.equal(vector(3, 0), vector(3, 1))
    assert not torch.equal(vector(3, 0), vector(4, 0))


def test_mlp_starts_as_nn_linear_does():
    ours = zoo.mlp(400, 300, generator=torch.Generator().manual_seed(0))[0]
    theirs = nn.Linear(400, 300)
    bound = 400**-0.5
    ours.requires_grad_(False)
    theirs.requires_grad_(False)
    for mine, usual in ((ours.weight, theirs.weight), (ours.bias, theirs.bias)):
        assert mine.abs().max() <= bound
        assert mine.abs().max().item() == pytest.approx(usual.abs().max().item(), rel=0.03)
        assert mine.std().item() == pytest.approx(bound / 3**0.5, rel=0.08)  # of U(−b, b)
        assert mine.mean().item() == pytest.approx(0, abs=0.004)


def test_dropout_follows_hidden_layers_only():
    model = zoo.mlp(4, 8, 8, 2, dropout=0.5)
    kinds = [type(m).__name__ for m in model]
    assert kinds == ["Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear"]
    assert "Dropout" not in [type(m).__name__ for m in zoo.mlp(4, 8, 8, 2)]


@pytest.mark.parametrize(
    "sizes", [(), (784,), (784, 0), (784, -3, 10), (784, 30.0, 10), ("784", 10), (784, None)]
)
def test_mlp_wants_two_positive_sizes(sizes):
    with pytest.raises(ValueError, match="two or more positive sizes"):
        zoo.mlp(*sizes)


def test_the_smallest_mlp():
    assert zoo.mlp(1, 1)(torch.zeros(2, 1)).shape == (2, 1)


def test_names_are_what_ships_each_with_a_card():
    assert zoo.names() == TRAINED
    for name in zoo.names():
        assert weights.card(name).startswith(f"# Model card: {name}\n")


@pytest.mark.parametrize("name", TRAINED)
def test_trained_weights_make_the_errors_of_their_card(name, digits):
    model = zoo.load(name)
    card = weights.card(name)
    errors, of, rate = re.search(
        r"\*\*Errors\*\*: (\d+) of ([\d,]+) test images \(([\d.]+) %\)", card
    ).groups()
    with torch.no_grad():
        wrong = int((model(digits.test_x).argmax(1) != digits.test_y).sum())
    assert wrong == int(errors)
    assert of == "2,000"
    assert float(rate) == pytest.approx(100 * wrong / 2000, abs=0.005)
    count = re.search(r"([\d,]+) parameters", card).group(1)
    assert int(count.replace(",", "")) == sum(p.numel() for p in model.parameters())


def test_the_ensemble_s_card_gives_the_range_of_its_members(digits):
    low, high = map(
        int,
        re.search(r"members alone (\d+) to (\d+)", weights.card("ensemble_10x100")).groups(),
    )
    alone = []
    with torch.no_grad():
        for member in zoo.load("ensemble_10x100").members:
            alone.append(int((member(digits.test_x).argmax(1) != digits.test_y).sum()))
    assert (min(alone), max(alone), len(alone)) == (low, high, 10)


@pytest.mark.parametrize("name", TRAINED)
def test_cards_tell_what_the_course_asks_for(name):
    card = weights.card(name)
    for heading in ("What", "Data", "Recipe", "Errors", "Cost", "Rebuild", "Use"):
        assert f"- **{heading}**: " in card
    assert "8,000 training and 2,000 test images" in card
    assert "not MNIST's own" in card
    assert re.search(r"Adam", card)
    assert re.search(r"epochs", card)
    assert re.search(r"\*\*Cost\*\*: [1-9]\d* seconds", card)
    assert f"`greenlab zoo rebuild {name}`" in card


@pytest.mark.parametrize("name", TRAINED)
def test_loaded_weights_are_float32_in_evaluation_mode(name, digits):
    model = zoo.load(name, CPU)
    assert not any(m.training for m in model.modules())
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    x = digits.test_x[:5]
    assert torch.equal(model(x), model(x))  # no dropout


def test_loaded_weights_go_to_the_device():
    assert all(p.is_meta for p in zoo.load("ensemble_10x100", "meta").parameters())


def test_an_ensemble_is_the_mean_of_its_members_logits(g):
    members = [zoo.mlp(6, 5, 3, generator=g) for _ in range(4)]
    x = torch.randn(8, 6, generator=g)
    by_hand = sum(member(x).double() for member in members) / 4
    torch.testing.assert_close(zoo.Ensemble(members)(x).double(), by_hand, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(zoo.Ensemble(members[:1])(x), members[0](x))


@pytest.mark.parametrize("call", [zoo.load, weights.card, weights.architecture, build.rebuild])
@pytest.mark.parametrize("name", ["", "teacher", "../teacher_1200", "TEACHER_1200"])
def test_unknown_names_list_those_that_there_are(call, name):
    with pytest.raises(KeyError) as caught:
        call(name)
    for known in TRAINED:
        assert known in caught.value.args[0]


def test_for_lab_loads_at_class_scale(digits, capsys):
    model = build.for_lab("ensemble_10x100", Lab(0, CPU, "class"), digits)
    theirs = zoo.load("ensemble_10x100")
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), theirs.parameters(), strict=True)
    )
    out = capsys.readouterr().out
    assert 'loaded, trained beforehand; print(zoo.card("ensemble_10x100")) tells how' in out
    assert zoo.card("ensemble_10x100").startswith("# Model card: ensemble_10x100")
    assert re.search(r"ensemble_10x100: \d+ test errors", out)
    with pytest.raises(KeyError, match="teacher_1200"):
        build.for_lab("unknown", Lab(0, CPU, "class"), digits)


@pytest.mark.parametrize("content", [None, b"", b"cut off", "another"])
def test_weights_missing_or_broken_name_file_and_remedy(tmp_path, monkeypatch, content):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    path = tmp_path / "teacher_1200.safetensors"
    if content == "another":
        save_file({"0.weight": torch.zeros(2, 2)}, path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(RuntimeError) as caught:
        zoo.load("teacher_1200")
    assert str(path) in str(caught.value)
    assert reinstall(path) in str(caught.value)


def test_rebuild_into_a_folder_that_can_t_be_made_says_so_before_training(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(train, "fit", lambda *args, **options: pytest.fail("it trained first"))
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert build.main(["rebuild", "ensemble_10x100", "--out", str(out)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert str(out) in line


def few(digits: data.Split, n: int = 200) -> data.Split:
    """A few digits, to train and to test on."""
    parts = (digits.train_x, digits.train_y, digits.test_x, digits.test_y)
    return data.Split("few", *(part[:n] for part in parts))


@pytest.fixture
def one_epoch(monkeypatch):
    """Recipes of one epoch, whatever they say."""
    whole = train.fit
    calls = []

    def fit(*args: object, **options: object) -> train.History:
        calls.append(options)
        return whole(*args, **options | {"epochs": 1})

    monkeypatch.setattr(train, "fit", fit)
    return calls


@pytest.mark.parametrize(
    ("name", "fits"),
    [("ensemble_10x100", 10), ("teacher_1200", 2), ("lenet_300_100_12x", 8), ("lenet5_12x", 8)],
)
def test_for_lab_trains_at_paper_scale(name, fits, digits, one_epoch, capsys):
    split = few(digits)
    models = [build.for_lab(name, Lab(seed, CPU, "paper"), split) for seed in (1, 1, 2)]
    assert len(one_epoch) == 3 * fits
    assert not any(m.training for m in models[0].modules())
    first, same, other = (nn.utils.parameters_to_vector(m.parameters()) for m in models)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert f"{name}: training it here on few" in capsys.readouterr().out


def test_members_differ_from_each_other(digits, one_epoch):
    torch.manual_seed(0)
    model = weights.architecture("ensemble_10x100")
    build.train_by_recipe(model, few(digits))
    vectors = [nn.utils.parameters_to_vector(m.parameters()) for m in model.members]
    for i, a in enumerate(vectors):
        assert not any(torch.equal(a, b) for b in vectors[i + 1 :])


def test_recipes_are_those_of_the_cards(digits, one_epoch):
    torch.manual_seed(0)
    build.train_by_recipe(weights.architecture("ensemble_10x100"), few(digits))
    card = weights.card("ensemble_10x100")
    (recipe,) = {(o["epochs"], o["lr"], o["batch"]) for o in one_epoch}
    assert recipe[1] == 4e-3
    assert "Adam 4e-3" in card
    assert f"batch {recipe[2]}" in card
    assert f"{recipe[0]} epochs" in card
    one_epoch.clear()
    build.train_by_recipe(weights.architecture("teacher_1200"), few(digits))
    assert [(o["epochs"], o["lr"], o.get("batch", 100)) for o in one_epoch] == [
        (60, 1e-3, 100),
        (20, 1e-4, 100),
    ]
    assert all(o["augment"] is train.jitter for o in one_epoch)
    card = " ".join(weights.card("teacher_1200").split())
    assert "batch 100, 60 epochs at 1e-3, then 20 at 1e-4" in card


@pytest.mark.parametrize("name", TRAINED)
def test_rebuilding_twice_gives_the_same_bytes(name, one_epoch, monkeypatch, digits, tmp_path):
    monkeypatch.setattr(data, "mnist", lambda name: few(digits))
    errors = []
    for folder, noise in (("a", 1), ("b", 2)):
        torch.manual_seed(noise)  # rebuild seeds for itself
        errors.append(build.rebuild(name, tmp_path / folder, show=False))
    a, b = ((tmp_path / f / f"{name}.safetensors").read_bytes() for f in "ab")
    assert a == b
    assert errors[0] == errors[1]
    card = (tmp_path / "a" / f"{name}.md").read_text(encoding="utf-8")
    assert f"**Errors**: {errors[0]} of 2,000" in card


def test_rebuild_counts_the_errors_of_what_it_writes(one_epoch, monkeypatch, digits, tmp_path):
    split = few(digits, 400)
    counted = []
    count = train.errors

    def errors(model: nn.Module, *test: torch.Tensor) -> int:
        counted.extend(p.detach().clone() for p in model.parameters())
        return count(model, *test)

    monkeypatch.setattr(train, "errors", errors)
    monkeypatch.setattr(data, "mnist", lambda name: split)
    errors_told = build.rebuild("ensemble_10x100", tmp_path, show=False)
    assert all(torch.equal(p, p.half().float()) for p in counted)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    kept = zoo.load("ensemble_10x100")
    assert errors_told == int((kept(split.test_x).argmax(1) != split.test_y).sum())


def test_a_teacher_s_dropout_follows_its_seed(digits, one_epoch):
    def trained(seed: int, noise: int) -> torch.Tensor:
        model = zoo.mlp(784, 20, 10, dropout=0.5, generator=torch.Generator().manual_seed(0))
        torch.manual_seed(noise)
        build.train_teacher(model, few(digits), seed)
        return nn.utils.parameters_to_vector(model.parameters())

    assert torch.equal(trained(0, 1), trained(0, 2))
    assert not torch.equal(trained(0, 1), trained(1, 1))


@pytest.mark.slow
def test_rebuilding_the_ensemble_gives_the_errors_of_its_card(tmp_path):
    shipped = int(re.search(r"Errors\*\*: (\d+)", weights.card("ensemble_10x100")).group(1))
    # Another processor rounds differently; ten networks together move by a few errors.
    assert build.rebuild("ensemble_10x100", tmp_path, show=False) == pytest.approx(shipped, abs=8)


def test_lenet5_sees_the_image_upright(g):
    # Rows of 784 become 28 × 28 images: a convolution by hand on one of them.
    model = zoo.lenet5()
    x = torch.rand(1, 784, generator=g)
    conv = next(m for m in model if isinstance(m, nn.Conv2d))
    by_hand = F.conv2d(x.reshape(1, 1, 28, 28), conv.weight, conv.bias)
    torch.testing.assert_close(model[:2](x), by_hand)


# The pruned networks


@pytest.mark.parametrize("name", PRUNED)
def test_pruned_networks_keep_what_the_paper_s_keep(name, digits):
    model, card = zoo.load(name), " ".join(zoo.card(name).split())
    kept = {k: int(w.count_nonzero()) for k, w in prune.weights(model).items()}
    sizes = {k: w.numel() for k, w in prune.weights(model).items()}
    for (layer, n), share in zip(kept.items(), PRUNED[name], strict=True):
        # Of those kept, a few were so small that float16 made them 0.
        assert 0.97 * share * sizes[layer] <= n <= share * sizes[layer] + 0.5
    assert ", ".join(f"{100 * share:.0f} %" for share in PRUNED[name]) in card
    everything, left = zoo.count_parameters(model), sum(kept.values())
    biases = everything - sum(sizes.values())
    told = re.search(r"([\d,]+) are left, ([\d.]+) times fewer \(([\d,]+) weights", card)
    assert int(told[3].replace(",", "")) == left
    assert int(told[1].replace(",", "")) == left + biases
    assert float(told[2]) == pytest.approx(everything / (left + biases), abs=0.05)
    assert float(told[2]) > 11.5


@pytest.mark.parametrize("name", PRUNED)
def test_pruned_networks_lose_no_accuracy(name):
    card = " ".join(zoo.card(name).split())
    errors = int(re.search(r"(\d+) of 2,000", card)[1])
    dense, longer = re.search(r"pruned from (\d+); .*?, not pruned, (\d+)", card).groups()
    assert errors <= int(dense)
    assert errors <= int(longer)


@pytest.mark.parametrize("name", PRUNED)
def test_pruned_networks_are_small_files(name):
    size = (weights.FOLDER / f"{name}.safetensors").stat().st_size
    assert size < 0.1 * 4 * zoo.count_parameters(weights.architecture(name))
    assert f"{size:,} on disk" in zoo.card(name)


@pytest.mark.parametrize("density", [0.0, 0.03, 0.5, 1.0])
def test_packing_loses_nothing_but_float16_s_digits(density):
    model = zoo.lenet5()
    prune.by_magnitude(model, density).apply(model).half().float()
    packed = weights.pack(model.state_dict())
    state = weights.unpack(packed, zoo.lenet5())
    assert state.keys() == model.state_dict().keys()
    assert all(torch.equal(value.float(), state[k].float()) for k, value in
               model.state_dict().items())  # fmt: skip
    assert not any(key.endswith("weight") for key in packed)


def test_pruned_recipes_are_those_of_the_cards(digits, one_epoch):
    for name, (dense, cool, each) in pruned.EPOCHS.items():
        torch.manual_seed(0)
        model = weights.architecture(name)
        one_epoch.clear()
        pruned.train_dense(name, model, few(digits))
        masks = pruned.train_pruned(name, model, few(digits))
        told = [(o["epochs"], o["lr"]) for o in one_epoch]
        expected = [(dense, 1e-3), (cool, 1e-4), *[(each, 1e-3)] * 4, (2 * each, 1e-3)]
        assert told == [*expected, (each, 1e-4)]
        card = " ".join(zoo.card(name).split())
        assert f"dense, {dense} epochs at 1e-3 and {cool} at 1e-4; then 5 rounds" in card
        assert f"{each} epochs a round at 1e-3" in card
        assert all((w[~masks[k]] == 0).all() for k, w in prune.weights(model).items())
        assert list(masks.densities.values()) == pytest.approx(PRUNED[name], abs=2e-3)
