"""Multiply-adds counted by hand, by the published tables, and by PyTorch where it is right."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune
from torch.utils.flop_counter import FlopCounterMode

from greenlab import zoo
from greenlab.flops import Cost, conv_macs, count

IMAGE = (1, 3, 224, 224)


def by_layer(cost: Cost) -> list[tuple[int, int]]:
    return [(layer.forward_macs, layer.backward_macs) for layer in cost.layers]


class Net(nn.Module):
    """A module with the given forward and what it holds."""

    def __init__(self, forward, **held: object) -> None:
        super().__init__()
        self.way = forward
        for name, value in held.items():
            setattr(self, name, value)

    def forward(self, *x: Tensor) -> Tensor:
        return self.way(self, *x)


# hand counts


def test_lenet_300_100_layer_by_layer():
    cost = count(zoo.lenet_300_100(), (1, 784), backward=True)
    # Backward: the weights' gradients cost what forward does, the inputs' too, but for the images.
    assert by_layer(cost) == [(235_200, 235_200), (30_000, 60_000), (1_000, 2_000)]
    assert cost.params == 266_610
    assert (cost.macs, cost.flops) == (266_200 + 297_200, 2 * (266_200 + 297_200))


def test_lenet5_of_caffe_layer_by_layer():
    cost = count(zoo.lenet5(), (1, 784), backward=True)
    conv1, conv2 = 24 * 24 * 20 * 25, 8 * 8 * 50 * 20 * 25
    assert by_layer(cost) == [
        (conv1, conv1),
        (conv2, 2 * conv2),
        (800 * 500, 2 * 800 * 500),
        (500 * 10, 2 * 500 * 10),
    ]
    assert [layer.params for layer in cost.layers] == [520, 25_050, 400_500, 5_010]
    assert cost.forward_macs == 2_293_000
    assert cost.backward_macs / cost.forward_macs == pytest.approx(1.874, abs=5e-4)


def test_the_backward_of_lecuns_lenet5_is_1_718_times_its_forward():
    # LeCun et al. 1998 (C3 fully connected to S2): 6 maps of 28², 16 of 10², 120, 84, 10.
    lenet = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Linear(120, 84),
        nn.Linear(84, 10),
    )
    cost = count(lenet, (1, 1, 28, 28), backward=True)
    forward = [28 * 28 * 6 * 25, 10 * 10 * 16 * 6 * 25, 48_000, 10_080, 840]
    assert [layer.forward_macs for layer in cost.layers] == forward
    assert cost.backward_macs == 2 * sum(forward) - forward[0]
    assert cost.backward_macs / cost.forward_macs == pytest.approx(1.718, abs=5e-4)


def test_the_cost_is_the_batchs():
    one, seven = (count(zoo.lenet5(), (n, 784), backward=True) for n in (1, 7))
    assert seven.macs == 7 * one.macs
    assert seven.params == one.params


def test_without_backward_nothing_is_said_of_it():
    cost = count(zoo.lenet5(), (1, 784))
    assert cost.backward_macs is None
    assert cost.macs == 2_293_000
    assert cost.flops == 4_586_000
    assert "backward" not in str(cost)


def test_frozen_layers_cost_no_gradient():
    net = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3))
    net[0].requires_grad_(False)
    assert by_layer(count(net, (2, 4), backward=True)) == [(40, 0), (30, 30)]


# published models


@pytest.fixture(scope="module")
def table() -> dict[str, tuple[int, float]]:
    path = Path(zoo.__file__).parents[1] / "data" / "imagenet_models.csv"
    with path.open(encoding="utf-8") as file:
        return {r["model"]: (int(r["params"]), float(r["gmacs"])) for r in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (zoo.alexnet, "AlexNet"),
        (zoo.vgg16, "VGG16"),
        (zoo.resnet18, "ResNet18"),
        (zoo.resnet50, "ResNet50"),
        (zoo.resnext50, "ResNeXt50_32X4D"),
    ],
)
def test_published_models_have_the_tables_multiply_adds_and_parameters(network, name, table):
    cost = count(network(), IMAGE)
    params, gmacs = table[name]
    assert cost.params == params
    assert round(cost.macs / 1e9, 3) == gmacs  # to the last printed digit


@pytest.mark.parametrize("network", [zoo.resnet18, zoo.resnet50, zoo.resnext50])
def test_resnets_answer_for_each_image_and_take_no_memory(network):
    model = network()
    assert model(torch.empty(2, 3, 224, 224, device="meta")).shape == (2, 1000)
    assert all(t.is_meta for t in [*model.parameters(), *model.buffers()])


def test_all_is_charged_to_layers_and_backward_is_twice_forward_but_for_the_images():
    cost = count(zoo.resnext50(), IMAGE, backward=True)
    assert sum(layer.forward_macs for layer in cost.layers) == cost.forward_macs
    assert sum(layer.backward_macs for layer in cost.layers) == cost.backward_macs
    first, *rest = [layer for layer in cost.layers if layer.macs]
    assert first.backward_macs == first.forward_macs
    assert len(rest) == 53  # 16 blocks of 3, 4 shortcuts, the classes
    assert all(layer.backward_macs == 2 * layer.forward_macs for layer in rest)


# where the counter alone is wrong


def plain_counter(model: nn.Module, *x: Tensor) -> tuple[int, int]:
    with FlopCounterMode(display=False) as counter:
        output = model(*x)
        forward = counter.get_total_flops()
        (output[0] if isinstance(output, tuple) else output).sum().backward()
    return forward, counter.get_total_flops() - forward


def test_attention_is_counted_on_the_cpu_too():
    n, heads, t, d = 2, 2, 3, 4
    attend = Net(lambda _, q, k, v: F.scaled_dot_product_attention(q, k, v))
    q, k, v = (torch.randn(n, heads, t, d) for _ in range(3))
    assert count(attend, (q, k, v)).macs == 2 * n * heads * t * t * d  # scores, weighted values
    assert plain_counter(attend, q.requires_grad_(), k, v) == (0, 0)  # else drop the correction


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("backward", [False, True])
def test_a_transformer_layer(mode, backward):
    n, t, d, wide = 2, 3, 8, 2048
    layer = getattr(nn.TransformerEncoderLayer(d, 2, batch_first=True), mode)()
    cost = count(layer, (n, t, d), backward)
    attention = 4 * n * t * d * d + 2 * n * t * t * d
    assert cost.forward_macs == attention + 2 * n * t * d * wide
    if backward:  # all but the products with the images' gradients: q, k and v of the input
        assert cost.backward_macs == 2 * cost.forward_macs - 3 * n * t * d * d
        charged = {layer.name: layer.backward_macs for layer in cost.layers}
        assert charged["linear1"] == charged["linear2"] == 2 * n * t * d * wide


@pytest.mark.parametrize(("kind", "gates"), [(nn.LSTM, 4), (nn.GRU, 3), (nn.RNN, 1)])
def test_recurrent_networks(kind, gates):
    steps, n, x, h = 3, 2, 4, 5
    cost = count(kind(x, h), (steps, n, x), backward=True)
    from_input, from_state = steps * n * gates * h * x, steps * n * gates * h * h
    assert cost.forward_macs == from_input + from_state
    # No gradient for the inputs, nor for the state before the first step.
    assert cost.backward_macs == from_input + from_state + (steps - 1) * n * gates * h * h


def test_the_counter_alone_sees_no_lstm_on_the_cpu():
    lstm = nn.LSTM(4, 5)
    assert plain_counter(lstm, torch.randn(3, 2, 4)) == (0, 0)  # else drop the correction


def test_a_bidirectional_gru_of_two_layers():
    cost = count(nn.GRU(4, 5, num_layers=2, bidirectional=True), (3, 2, 4))
    assert cost.macs == 3 * 2 * 2 * 15 * ((4 + 5) + (10 + 5))


@pytest.mark.parametrize(
    "sizes",
    [(3, 8, 3, 12, 1, 1, 1), (4, 6, 5, 17, 3, 0, 2), (8, 8, 3, 9, 2, 1, 8),
     (3, 64, 11, 224, 4, 2, 1), (5, 7, 4, 4, 2, 0, 1)],
)  # fmt: skip
def test_convolutions_by_hand(sizes):
    channels, filters, kernel, side, stride, padding, groups = sizes
    layer = nn.Conv2d(channels, filters, kernel, stride, padding, groups=groups)
    assert conv_macs(*sizes) == count(layer, (1, channels, side, side)).macs


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [((3, 8, 5, 4), "doesn't fit"), ((3, 8, 3, 9, 0), "doesn't fit"),
     ((3, 8, 3, 9, 1, 0, 2), "don't divide"), ((4, 7, 3, 9, 1, 0, 2), "don't divide"),
     ((4, 8, 3, 9, 1, 0, 0), "don't divide")],
)  # fmt: skip
def test_what_is_no_convolution_is_refused(sizes, sentence):
    with pytest.raises(ValueError, match=sentence):
        conv_macs(*sizes)


@pytest.mark.parametrize("groups", [1, 2, 4, 8])
def test_grouped_convolutions(groups):
    net = nn.Sequential(nn.Conv2d(8, 8, 1, bias=False), nn.Conv2d(8, 8, 3, groups=groups))
    cost = count(net, (1, 8, 6, 6), backward=True)
    grouped = 4 * 4 * 8 * (8 // groups) * 9
    assert by_layer(cost)[1] == (grouped, 2 * grouped)


@pytest.mark.parametrize("groups", [1, 2])
def test_transposed_convolutions(groups):
    net = nn.Sequential(nn.Conv2d(8, 8, 1), nn.ConvTranspose2d(8, 4, 3, groups=groups))
    grouped = 6 * 6 * 8 * (4 // groups) * 9
    assert by_layer(count(net, (1, 8, 6, 6), backward=True))[1] == (grouped, 2 * grouped)


def test_convolutions_of_one_and_three_dimensions():
    assert count(nn.Conv1d(2, 3, 5, stride=2), (1, 2, 11)).macs == 4 * 3 * 2 * 5
    assert count(nn.Conv3d(2, 3, 3), (1, 2, 5, 5, 5)).macs == 27 * 3 * 2 * 27


def test_matrix_times_vector():
    scores = Net(lambda net, x: x @ net.w, w=nn.Parameter(torch.randn(4)))
    assert count(scores, (2, 3, 4)).macs == 2 * 3 * 4
    with pytest.raises(ValueError, match="a matrix of one column"):
        count(scores, (2, 3, 4), backward=True)
    column = Net(lambda net, x: x @ net.w, w=nn.Parameter(torch.randn(4, 1)))
    assert count(column, (2, 3, 4), backward=True).macs == 2 * (2 * 3 * 4)


# refused


@pytest.mark.parametrize(
    ("net", "x", "sentence"),
    [
        (
            Net(lambda net, x: net.w @ x, w=torch.eye(4).to_sparse()),
            (4, 2),
            "w is sparse.*by hand",
        ),
        (Net(lambda net, x: x, w=torch.eye(4).to_sparse_coo()), (4, 2), "sparse"),
        (nn.ReLU(), torch.eye(4).to_sparse(), "an input is sparse"),
        (Net(lambda net, x: torch.fft.rfft(x)), (4, 8), "_fft_r2c"),
        (Net(lambda net, x: torch.linalg.inv(x)), (4, 4), "linalg_inv"),
        (Net(lambda net, x: torch.cdist(x, x)), (40, 4), "dist"),
        (Net(lambda net, x: torch.complex(x, x) @ torch.complex(x, x)), (4, 4), "complex"),
        (nn.Bilinear(4, 5, 6), (torch.randn(2, 4), torch.randn(2, 5)), "trilinear"),
        (nn.Linear(4, 3), torch.zeros(1, 4, dtype=torch.cfloat), "complex64"),
        (Net(lambda net, x: x if x.sum() > 0 else -x), (4, 2), "must not ask for values"),
        (nn.Linear(4, 3), (1, 5), "Check the input's shape"),
        (Net(lambda net, x: x, lock=threading.Lock()), (1, 5), "can't be copied"),
    ],
)
def test_what_can_not_be_counted_is_refused_in_a_sentence(net, x, sentence):
    with pytest.raises(ValueError, match=sentence):
        count(net, x)


@pytest.mark.filterwarnings("ignore:.*deprecated.*")
def test_torchscript_is_refused():
    with pytest.raises(ValueError, match="TorchScript"):
        count(torch.jit.script(nn.Linear(4, 3)), (1, 4))


def test_an_operator_that_the_counter_does_not_know_is_refused():
    @torch.library.custom_op("greenlab_test::twice", mutates_args=())
    def twice(x: Tensor) -> Tensor:
        return x * 2

    twice.register_fake(torch.empty_like)
    with pytest.raises(ValueError, match="greenlab_test::twice"):
        count(Net(lambda net, x: twice(x)), (2, 2))


def test_no_gradient_at_all_is_refused():
    with pytest.raises(ValueError, match="requires a gradient"):
        count(nn.Linear(4, 3).requires_grad_(False), (1, 4), backward=True)


@pytest.mark.parametrize("x", [(0, 784), (1, -3), (1.0, 784), "abc", (), 3, None])
def test_what_is_no_input_is_refused(x):
    with pytest.raises(TypeError, match="shape"):
        count(zoo.lenet5(), x)


def test_what_is_no_module_is_refused():
    with pytest.raises(TypeError, match="builtin_function"):
        count(len, (1, 2))


def test_weights_without_a_product_are_warned_of():
    w = nn.Parameter(torch.randn(5, 4))
    cost = count(Net(lambda net, x: (x[:, None] * net.w).sum(-1), w=w), (2, 4))
    assert cost.macs == 0
    assert "Warning: (itself) (Net) has weights (5, 4) but no matrix product" in str(cost)
    embed = nn.Sequential(nn.Embedding(9, 4), nn.LayerNorm((3, 4)), nn.Linear(4, 2))
    assert count(embed, torch.zeros(2, 3, dtype=torch.long)).warnings == ()


@pytest.mark.parametrize(
    "way", [F.normalize, lambda x: F.interpolate(x, scale_factor=2, mode="bilinear")]
)
def test_elementwise_work_is_neither_counted_nor_refused(way):
    assert count(Net(lambda net, x: way(x)), (1, 2, 4, 4)).macs == 0


# the model stays as it is


def test_nothing_is_computed_or_changed():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten())
    net.append(nn.Linear(144, 2))
    before = {key: value.clone() for key, value in net.state_dict().items()}
    dice = torch.get_rng_state()
    count(net, (2, 3, 8, 8), backward=True)
    for key, value in net.state_dict().items():
        assert torch.equal(value, before[key]), key
    assert torch.equal(torch.get_rng_state(), dice)
    assert all(p.grad is None for p in net.parameters())
    assert net.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())


def test_pruned_tied_shared_half_and_compiled_networks():
    masked = nn.Linear(4, 3)
    prune.l1_unstructured(masked, "weight", amount=0.5)
    assert count(masked, (2, 4), backward=True).macs == 48  # a mask saves nothing
    assert count(parametrizations.weight_norm(nn.Linear(4, 3)), (2, 4)).macs == 24
    tied = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 10, bias=False))
    tied[1].weight = tied[0].weight
    cost = count(tied, torch.zeros(2, 3, dtype=torch.long), backward=True)
    assert (cost.params, cost.forward_macs, cost.backward_macs) == (40, 240, 480)
    shared = nn.Linear(4, 4)
    twice = count(nn.Sequential(shared, nn.ReLU(inplace=True), shared), (2, 4), backward=True)
    assert by_layer(twice) == [(64, 96)]
    assert count(zoo.lenet5().half(), (1, 784)).macs == 2_293_000
    assert count(torch.compile(zoo.mlp(4, 3)), (1, 4)).macs == 12


def test_work_between_modules_is_charged_to_the_module_around_them():
    def forward(net: Net, x: Tensor) -> Tensor:
        return net.last((net.first(x).relu() @ net.w).relu())

    w = nn.Parameter(torch.randn(5, 7))
    net = Net(forward, first=nn.Linear(4, 5), last=nn.Linear(7, 2), w=w)
    cost = count(net, (3, 4), backward=True)
    assert {layer.name: (layer.forward_macs, layer.backward_macs) for layer in cost.layers} == {
        "(itself)": (105, 210),
        "first": (60, 60),
        "last": (42, 84),
    }


def test_a_model_may_make_tensors_as_it_runs():
    net = Net(lambda net, x: net.last(x + torch.arange(4) + net.kept[0]), last=nn.Linear(4, 2))
    net.kept = torch.ones(1, 4)  # neither a parameter nor a buffer
    assert count(net, (3, 4), backward=True).macs == 2 * 24
    assert not torch.empty(1).is_meta


def test_the_table_says_what_a_mac_is():
    lines = str(count(zoo.lenet_300_100(), (1, 784), backward=True)).splitlines()
    assert lines[0].split("  ")[0] == "layer"
    assert lines[1].split() == ["0", "Linear", "235,500", "235,200", "235,200", "940,800"]
    assert lines[4].split() == ["all", "266,610", "266,200", "297,200", "1,126,800"]
    assert "1 multiply-add (MAC) = 2 FLOPs" in lines[5]
