"""Many models at once, against one by one, plain loops and brute force."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from greenlab import distill, together, train, zoo
from greenlab.masks import Masks
from greenlab.stack import MLPs, Modules, stack
from greenlab.stack_sparse import Sparse, pays
from greenlab.still import live_inputs


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def seeds(k: int) -> list[torch.Generator]:
    return [seeded(10 + j) for j in range(k)]


def problem(n: int = 50) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (n, 6) of three classes that a line can't quite tell apart."""
    y = torch.arange(n) % 3
    return torch.randn(n, 6, generator=seeded()) + F.one_hot(y, 6), y


def mlps(*widths: int, dtype: torch.dtype = torch.float32) -> list[nn.Sequential]:
    return [zoo.mlp(6, w, 4, 3, generator=seeded(j)).to(dtype) for j, w in enumerate(widths)]


def tanhs(k: int) -> list[nn.Sequential]:
    torch.manual_seed(0)
    return [nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)) for _ in range(k)]


def random_masks(models: list[nn.Module], density: float = 0.5) -> list[Masks]:
    g = seeded(7)
    return [
        Masks({n: torch.rand(w.shape, generator=g) < density for n, w in Masks.full(m).items()})
        for m in models
    ]


def plain(model, data, generator, loss, optimizer, epochs, batch, mask=None, **options):
    """One model by the loop of every tutorial; pruned weights are cut after every step."""
    optimize = optimizer(model.parameters(), **options)
    for _ in range(epochs):
        for rows in torch.randperm(len(data[0]), generator=generator).split(batch):
            optimize.zero_grad()
            loss(model(data[0][rows]), *(t[rows] for t in data[1:])).backward()
            for name, kept in (mask or {}).items():
                model.get_parameter(name).grad *= kept
            optimize.step()


def assert_same(ours: list[nn.Module], theirs: list[nn.Module], **tolerance: float) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert a.state_dict().keys() == b.state_dict().keys()
        for name, value in a.state_dict().items():
            torch.testing.assert_close(value, b.state_dict()[name], **tolerance)


# the same results as one by one


@pytest.mark.parametrize("make", [lambda: mlps(8, 8, 8), lambda: mlps(8, 5, 1), lambda: tanhs(3)])
@pytest.mark.parametrize("batch", [7, 50, 100])
@pytest.mark.parametrize("side_by_side", [None, 1, 2, 3])
def test_sgd_is_the_plain_loop_to_a_millionth(make, batch, side_by_side):
    ours, theirs, data = make(), make(), problem()
    options = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}
    together.fit(ours, data, epochs=4, generators=seeds(3), batch=batch,
                 side_by_side=side_by_side, optimizer=torch.optim.SGD, **options)  # fmt: skip
    for model, g in zip(theirs, seeds(3), strict=True):
        plain(model, data, g, F.cross_entropy, torch.optim.SGD, 4, batch, **options)
    assert_same(ours, theirs, atol=1e-6, rtol=0)


@pytest.mark.parametrize("make", [lambda: mlps(8, 8, 8), lambda: mlps(8, 5, 1), lambda: tanhs(3)])
@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW])
def test_adam_in_double_precision_is_the_plain_loop(make, kind):
    ours, theirs = ([m.double() for m in make()] for _ in range(2))
    x, y = problem()
    options = {"lr": 0.01, "weight_decay": 0.01}
    together.fit(ours, (x.double(), y), epochs=20, generators=seeds(3), batch=8, optimizer=kind,
                 side_by_side=3, **options)  # fmt: skip
    for model, g in zip(theirs, seeds(3), strict=True):
        plain(model, (x.double(), y), g, F.cross_entropy, kind, 20, 8, **options)
    assert_same(ours, theirs, atol=1e-9, rtol=0)


def test_adam_gives_the_marks_of_train_fit_on_digits(digits):
    data, test = (digits.train_x[:1500], digits.train_y[:1500]), (digits.test_x, digits.test_y)
    ours, theirs = ([zoo.mlp(784, w, 10, generator=seeded(j)) for j, w in enumerate((32, 24, 30))]
                    for _ in range(2))  # fmt: skip
    histories = together.fit(ours, data, epochs=3, generators=seeds(3), batch=60, lr=1.2e-3,
                             test=test, side_by_side=3)  # fmt: skip
    for a, b, g, history in zip(ours, theirs, seeds(3), histories, strict=True):
        alone = train.fit(b, data, epochs=3, generator=g, batch=60, lr=1.2e-3, test=test)
        assert history.errors == alone.errors
        assert history.loss == pytest.approx(alone.loss, abs=1e-5)
        assert history.errors[-1] == train.errors(a, *test)
        assert torch.equal(train.predict(a, test[0]).argmax(1), train.predict(b, test[0]).argmax(1))
        assert history.seconds > 0


def test_generators_end_where_train_fit_leaves_them():
    ours, alone, data = seeds(2), seeds(2), problem()
    together.fit(mlps(8, 8), data, epochs=3, generators=ours)
    for g in alone:
        train.fit(mlps(8)[0], data, epochs=3, generator=g)
    assert all(torch.equal(a.get_state(), b.get_state()) for a, b in zip(ours, alone, strict=True))


@pytest.mark.parametrize("side_by_side", [None, 1, 2])
def test_one_generator_gives_all_models_one_order(side_by_side):
    ours, theirs, data, shared = mlps(8, 5, 8), mlps(8, 5, 8), problem(), seeded(3)
    together.fit(ours, data, epochs=3, generators=shared, batch=9, side_by_side=side_by_side,
                 optimizer=torch.optim.SGD, lr=0.1)  # fmt: skip
    for model in theirs:
        g = seeded(3)
        plain(model, data, g, F.cross_entropy, torch.optim.SGD, 3, 9, lr=0.1)
    assert_same(ours, theirs, atol=1e-6, rtol=0)
    assert torch.equal(shared.get_state(), g.get_state())


@pytest.mark.parametrize("make", [mlps, lambda *w: tanhs(len(w))])
def test_each_model_can_have_its_own_loss(make):
    x, y = problem()
    teacher = torch.randn(50, 3, generator=seeded(4))
    losses = [
        lambda z, v, y, T=T: distill.distillation_loss(z, v, y, T=T, alpha=0.7) for T in (1, 4, 20)
    ]
    ours, theirs = make(8, 8, 8), make(8, 8, 8)
    options = {"optimizer": torch.optim.SGD, "epochs": 3, "batch": 9, "lr": 0.1}
    together.fit(ours, (x, teacher, y), losses, generators=seeds(3), side_by_side=3, **options)
    for model, loss, g in zip(theirs, losses, seeds(3), strict=True):
        plain(model, (x, teacher, y), g, loss, **options)
    assert_same(ours, theirs, atol=1e-6, rtol=0)


def test_soft_targets_with_cross_entropy_itself():
    x, y = problem()
    soft = F.one_hot(y, 3) * 0.7 + 0.1
    ours, theirs = mlps(8, 8), mlps(8, 8)
    options = {"optimizer": torch.optim.SGD, "epochs": 2, "batch": 9, "lr": 0.1}
    together.fit(ours, (x, soft), generators=seeds(2), **options)
    for model, g in zip(theirs, seeds(2), strict=True):
        plain(model, (x, soft), g, F.cross_entropy, **options)
    assert_same(ours, theirs, atol=1e-6, rtol=0)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("make", [lambda: mlps(8, 5, 1), lambda: tanhs(3), lambda: tanhs(1)])
def test_logits_are_the_models_own(make, own):
    models = make()
    x = torch.randn(len(models), 11, 6, generator=seeded())
    z = stack(copy.deepcopy(models)).logits(x if own else x[0], own)
    for j, model in enumerate(models):
        expected = model(x[j] if own else x[0]).detach()
        torch.testing.assert_close(z[j], expected, atol=1e-6, rtol=0)


def test_unstacked_models_are_the_ones_that_went_in():
    models = mlps(8, 5)
    before = [copy.deepcopy(m) for m in models]
    assert stack(models).unstack() == models
    assert_same(models, before, atol=0, rtol=0)


# widths: padding


def test_padded_units_stay_at_exactly_zero():
    x, y = problem()
    models = stack(mlps(8, 3, 5))
    running = together.steps(models, (x, y), generators=seeds(3), batch=7, lr=0.1, weight_decay=0.1)
    for _ in range(30):
        next(running)
    flat, grad = models.parameters[0], models.parameters[0].grad
    for tensor in (flat, grad):
        used = torch.zeros_like(tensor, dtype=torch.bool)
        for j in range(3):
            for _, slot in models._slots([used], j):
                slot.fill_(True)
        assert int(used.sum()) == sum(6 * w + w + 4 * w + 4 + 4 * 3 + 3 for w in (8, 3, 5))
        assert used.sum() < used.numel()
        assert (tensor[~used] == 0).all()


# inputs that are always 0


def still(n: int = 50) -> tuple[torch.Tensor, torch.Tensor]:
    """The same problem; the second and the last of its inputs never move."""
    x, y = problem(n)
    x[:, [1, 5]] = 0
    return x, y


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}])
@pytest.mark.parametrize("test", [still(), problem()])  # in the second they move
def test_inputs_that_are_always_0_change_nothing(kind, options, masked, test):
    ours, theirs, data = mlps(8, 5), mlps(8, 5), still()
    masks = random_masks(ours) if masked else None
    options = {"lr": 0.05, **options}
    histories = together.fit(ours, data, epochs=3, generators=seeds(2), batch=10, masks=masks,
                             optimizer=kind, side_by_side=2, test=test, **options)  # fmt: skip
    for j, (model, g) in enumerate(zip(theirs, seeds(2), strict=True)):
        mask = masks[j] if masked else None
        if masked:
            mask.apply(model)
        plain(model, data, g, F.cross_entropy, kind, 3, 10, mask, **options)
        assert histories[j].errors[-1] == int((model(test[0]).argmax(-1) != test[1]).sum())
    assert_same(ours, theirs, atol=1e-5, rtol=0)


def test_inputs_are_left_out_only_where_neither_training_nor_test_moves_them():
    x, y = still()
    live = [True, False, True, True, True, False]
    assert live_inputs(mlps(8), x, None).tolist() == live
    assert live_inputs(mlps(8), x, (x[:3], y[:3])).tolist() == live
    assert live_inputs(mlps(8), x, problem()) is None
    assert live_inputs(mlps(8), torch.zeros(5, 6), None) is None
    assert live_inputs(tanhs(1), x, None) is None


# masks


@pytest.mark.parametrize("make", [lambda: mlps(8, 5, 8), lambda: tanhs(3), lambda: tanhs(1)])
@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_pruned_weights_are_exactly_zero_and_the_rest_as_one_by_one(make, kind):
    ours, theirs, data = make(), make(), problem()
    masks = random_masks(ours)
    options = {"lr": 0.05, "weight_decay": 0.1}
    if kind is torch.optim.SGD:
        options["momentum"] = 0.9
    g = seeds(len(ours))
    together.fit(ours, data, epochs=3, generators=g, batch=10, masks=masks, optimizer=kind,
                 side_by_side=3, **options)  # fmt: skip
    for model, mask, g in zip(theirs, masks, seeds(len(ours)), strict=True):
        mask.apply(model)
        plain(model, data, g, F.cross_entropy, kind, 3, 10, mask, **options)
    assert_same(ours, theirs, atol=1e-4, rtol=0)
    for model, mask in zip(ours, masks, strict=True):
        for name, kept in mask.items():
            assert (model.get_parameter(name)[~kept] == 0).all()
            assert (model.get_parameter(name)[kept] != 0).any()


def test_a_mask_of_one_model_leaves_the_others_alone():
    masked, free, data = mlps(8, 8), mlps(8, 8), problem()
    some = [Masks({"0.weight": torch.zeros(8, 6)}), Masks({})]
    together.fit(masked, data, epochs=2, generators=seeds(2), masks=some)
    together.fit(free, data, epochs=2, generators=seeds(2))
    assert (masked[0][0].weight == 0).all()
    assert_same(masked[1:], free[1:], atol=1e-7, rtol=0)


@pytest.mark.parametrize(
    ("mask", "match"),
    [
        ({"0.weight": torch.full((8, 6), 0.5)}, "other values than 0 and 1"),
        ({"0.weight": torch.ones(6, 8)}, "has shape"),
        ({"1.weight": torch.ones(8, 6)}, "no parameter"),
    ],
)
def test_a_mask_that_is_not_the_model_s_is_refused(mask, match):
    with pytest.raises(ValueError, match=match):
        together.fit(mlps(8), problem(), epochs=1, generators=seeds(1), masks=[mask])


# other modules


def test_batch_norm_keeps_each_model_s_own_statistics():
    def make() -> list[nn.Module]:
        torch.manual_seed(0)
        return [nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))
                for _ in range(2)]  # fmt: skip

    ours, theirs, data = make(), make(), problem()
    options = {"optimizer": torch.optim.SGD, "epochs": 2, "batch": 10, "lr": 0.1}
    together.fit(ours, data, generators=seeds(2), side_by_side=2, **options)
    for model, g in zip(theirs, seeds(2), strict=True):
        plain(model, data, g, F.cross_entropy, **options)
    assert_same(ours, theirs, atol=1e-6, rtol=0)


def test_dropout_differs_between_models_and_is_off_when_counting_errors():
    torch.manual_seed(0)
    one = nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 3))
    models = stack([one, copy.deepcopy(one)])
    x, y = problem()
    assert models.backward(x, [y], F.cross_entropy).unique().numel() == 2
    z = models.logits(x)
    assert torch.equal(z[0], z[1])
    assert together.errors(models, x, y).tolist() == [train.errors(one, x, y)] * 2


def test_convolutions_train_as_alone(digits):
    def make() -> list[nn.Module]:
        torch.manual_seed(0)
        layers = nn.Unflatten(1, (1, 28, 28)), nn.MaxPool2d(4), nn.Conv2d(1, 3, 3), nn.Flatten()
        return [nn.Sequential(*copy.deepcopy(layers), nn.Linear(75, 10)) for _ in range(2)]

    ours, theirs, data = make(), make(), (digits.train_x[:90], digits.train_y[:90])
    options = {"optimizer": torch.optim.SGD, "epochs": 2, "batch": 40, "lr": 0.1}
    together.fit(ours, data, generators=seeds(2), side_by_side=2, **options)
    for model, g in zip(theirs, seeds(2), strict=True):
        plain(model, data, g, F.cross_entropy, **options)
    assert_same(ours, theirs, atol=1e-6, rtol=0)


# which kind of stack, and how many side by side


def test_relu_networks_become_batched_matrices_and_others_go_through_func():
    dropout = [zoo.mlp(6, 8, 3, dropout=0.5) for _ in range(2)]
    assert type(stack(mlps(8, 3))) is MLPs
    assert type(stack(dropout)) is Modules
    assert type(stack(tanhs(2))) is Modules
    assert type(stack([nn.Sequential(nn.Linear(6, 3, bias=False))])) is Modules


@pytest.mark.parametrize(
    "models",
    [
        [zoo.mlp(6, 8, 3), zoo.mlp(6, 3)],
        [zoo.mlp(6, 8, 3), zoo.mlp(6, 8, 4)],
        [zoo.mlp(6, 8, 3), zoo.mlp(6, 8, 3, dropout=0.5)],
        [nn.Sequential(nn.Linear(6, 6), nn.Tanh()), nn.Sequential(nn.Linear(6, 6), nn.Sigmoid())],
    ],
)
def test_models_that_cannot_lie_side_by_side_are_refused(models):
    with pytest.raises(ValueError, match="one by one"):
        stack(models)


def by_width(*widths: int, side_by_side: int | None = None) -> list[list[int]]:
    return together.groups([zoo.mlp(784, w, 10) for w in widths], side_by_side)


def test_how_many_go_side_by_side():
    assert by_width(*[32] * 10) == [list(range(10))]
    lenets = [zoo.lenet_300_100() for _ in range(7)]
    assert together.groups(lenets) == [[0, 1], [2, 3], [4, 5], [6]]
    assert together.groups(lenets, 7) == [list(range(7))]
    assert by_width(1000, 1000) == [[0], [1]]
    assert by_width(300, 16, 20, 18) == [[1, 3, 2], [0]]  # a padded 16 would waste the most
    assert by_width(32, 32, 32, side_by_side=2) == [[0, 1], [2]]
    assert together.groups([zoo.lenet5(), zoo.lenet5()]) == [[0], [1]]


def test_the_order_of_the_models_is_kept_overgroups():
    x, y = problem()
    models = mlps(40, 3, 20, 4)
    histories = together.fit(models, (x, y), epochs=2, generators=seeds(4), test=(x, y), lr=0.05)
    for model, history in zip(models, histories, strict=True):
        assert history.errors[-1] == train.errors(model, x, y)
        assert len(history.loss) == 2


# edges and errors


def test_no_epochs_changes_nothing():
    models = mlps(8, 3)
    before = [copy.deepcopy(m) for m in models]
    histories = together.fit(models, problem(), epochs=0, generators=seeds(2))
    assert_same(models, before, atol=0, rtol=0)
    assert [h.loss for h in histories] == [[], []]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"generators": seeds(1)}, "2 models need 2 generators"),
        ({"generators": [seeded()] * 2}, "own"),
        ({"loss": [F.cross_entropy] * 3}, "2 models need 2 loss"),
        ({"masks": [{}]}, "2 models need 2 masks"),
        ({"epochs": -1}, "epochs >= 0"),
        ({"batch": 0}, "batch >= 1"),
        ({"side_by_side": 0}, "side_by_side >= 1"),
        ({"data": (torch.zeros(3, 6), torch.zeros(2))}, "equal, positive lengths"),
    ],
)
def test_what_does_not_fit_is_refused(change, match):
    usual = {"models": mlps(8, 3), "data": problem(), "epochs": 1, "generators": seeds(2)}
    with pytest.raises(ValueError, match=match):
        together.fit(**{**usual, **change})


def test_no_models_are_no_work():
    assert together.fit([], problem(), epochs=3, generators=[]) == []
    with pytest.raises(ValueError, match="one model or more"):
        stack([])


def test_a_loss_that_is_not_finite_is_told():
    x, y = problem()
    with pytest.raises(ValueError, match="after epoch 1: try a smaller lr"):
        together.fit(mlps(8, 3), (x * float("inf"), y), epochs=3, generators=seeds(2))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_the_models_move_to_the_data():
    x, y = (t.cuda() for t in problem())
    models = mlps(8, 3)
    together.fit(models, (x, y), epochs=1, generators=seeds(2), test=(x, y))
    assert all(p.is_cuda for model in models for p in model.parameters())


# sparse form


def sparse_problem() -> tuple[list[nn.Module], list[Masks]]:
    models = mlps(8, 5, 8)
    return models, random_masks(models, 0.4)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("batch", [7, 50])
def test_sparse_form_trains_as_masked_dense(shared, batch):
    def generators() -> object:
        return seeded(3) if shared else seeds(3)

    x, y = problem()
    ours, masks = sparse_problem()
    dense, _ = sparse_problem()
    options = {"batch": batch, "optimizer": torch.optim.SGD, "lr": 0.05, "momentum": 0.9,
               "weight_decay": 0.01}  # fmt: skip
    for kind, models in ((Sparse, ours), (stack, dense)):
        both = kind(models, masks)
        running = together.steps(both, (x, y), generators=generators(), **options)
        losses = [next(running) for _ in range(25)]
        logits, own = both.logits(x), both.logits(torch.stack([x, x + 1, x - 1]), own=True)
        both.unstack()
        for j, model in enumerate(models):
            torch.testing.assert_close(logits[j], model(x).detach(), atol=1e-6, rtol=0)
            z = model(x + (0, 1, -1)[j]).detach()
            torch.testing.assert_close(own[j], z, atol=2e-6, rtol=0)
    assert_same(ours, dense, atol=1e-6, rtol=0)
    assert losses[-1].shape == (3,)
    for model, mask in zip(ours, masks, strict=True):
        for name, kept in mask.items():
            assert (model.get_parameter(name)[~kept] == 0).all()


def test_sparse_form_takes_a_loss_a_model():
    x, y = problem()
    losses = [lambda z, y, T=T: F.cross_entropy(z / T, y) for T in (1, 2, 5)]
    (ours, masks), (dense, _) = sparse_problem(), sparse_problem()
    for kind, models in ((Sparse, ours), (stack, dense)):
        both = kind(models, masks)
        running = together.steps(both, (x, y), losses, generators=seeds(3), batch=9, lr=0.01)
        for _ in range(5):
            next(running)
        both.unstack()
    assert_same(ours, dense, atol=1e-4, rtol=0)


def test_when_sparse_form_is_chosen(monkeypatch):
    models = mlps(40, 40)
    few, many = random_masks(models, 0.15), random_masks(models, 0.6)
    assert pays(models, few)
    assert not pays(models, many)
    assert not pays(models, [few[0], many[1]])
    assert not pays(models, None)
    assert not pays(tanhs(2), random_masks(tanhs(2), 0.2))
    empty = Masks({**few[0], "4.weight": torch.zeros(3, 4)})
    assert not pays(models, [empty, few[1]])
    assert not pays(models, [Masks({"0.weight": few[0]["0.weight"]}), few[1]])
    monkeypatch.setattr("greenlab.prune_sparse.available", lambda: False)
    assert not pays(models, few)
