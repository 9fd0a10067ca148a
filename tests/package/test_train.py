"""Training in memory, against plain loops and brute force."""

from __future__ import annotations

import contextlib
import io
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from greenlab import train, zoo


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def vector(model: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def problem(n: int = 50, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (n, 6) of three classes that a line can't quite tell apart."""
    g = seeded(seed)
    y = torch.arange(n) % 3
    return torch.randn(n, 6, generator=g) + F.one_hot(y, 6), y


# batches


@given(n=st.integers(1, 200), size=st.integers(1, 250), seed=st.integers(0, 2**31))
def test_batches_are_a_permutation_in_full_parts_and_a_rest(n, size, seed):
    parts = list(train.batches(n, size, seeded(seed)))
    assert sorted(torch.cat(parts).tolist()) == list(range(n))
    assert [len(p) for p in parts[:-1]] == [size] * ((n - 1) // size)
    assert len(parts[-1]) == (n - 1) % size + 1


def test_batches_differ_by_epoch_and_repeat_by_seed():
    g = seeded(3)
    first, second = (torch.cat(list(train.batches(100, 7, g))) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first, torch.cat(list(train.batches(100, 7, seeded(3)))))


def test_batches_without_a_generator_follow_torch_s_own():
    torch.manual_seed(5)
    first = torch.cat(list(train.batches(30, 30)))
    torch.manual_seed(5)
    assert torch.equal(first, torch.cat(list(train.batches(30, 30))))


@pytest.mark.parametrize(("n", "size"), [(0, 1), (1, 0), (-5, 3), (5, -3)])
def test_batches_of_nothing(n, size):
    with pytest.raises(ValueError, match=f"n={n}, size={size}"):
        list(train.batches(n, size))


# predict, errors


class Batched(nn.Module):
    """Remembers in which mode it was asked, and for how many rows at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.seen: list[tuple[bool, bool, int]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append((self.training, torch.is_grad_enabled(), len(x)))
        return self.layer(x)


@pytest.mark.parametrize("training", [True, False])
def test_predict_asks_in_evaluation_mode_and_leaves_the_mode_as_it_was(training, g):
    model = Batched().train(training)
    x = torch.randn(10, 4, generator=g)
    logits = train.predict(model, x, batch=4)
    assert model.seen == [(False, False, 4), (False, False, 4), (False, False, 2)]
    assert model.training is training
    assert not logits.requires_grad
    torch.testing.assert_close(logits, model.layer(x).detach())


def test_predict_puts_the_mode_back_when_the_model_fails():
    model = Batched().train()
    with pytest.raises(RuntimeError):
        train.predict(model, torch.zeros(3, 5))
    assert model.training


def test_errors_are_counted_by_hand():
    logits = torch.tensor([[3.0, 1.0], [0.0, 1.0], [2.0, -1.0], [5.0, 4.0]])
    assert train.errors(nn.Identity(), logits, torch.tensor([0, 1, 1, 1])) == 2
    assert train.errors(nn.Identity(), logits[:1], torch.tensor([0])) == 0


def test_errors_turns_dropout_off(g):
    model = nn.Sequential(nn.Dropout(0.9), nn.Identity()).train()
    x = torch.eye(5)
    assert train.errors(model, x, torch.arange(5)) == 0


def test_seconds_to_predict_is_a_median_after_a_warm_up(monkeypatch):
    clock = iter([0, 100, 0, 1, 0, 9, 0, 2])
    monkeypatch.setattr(train.time, "perf_counter", lambda: next(clock))
    assert train.seconds_to_predict(nn.Identity(), torch.eye(2), repeats=3) == 2


@pytest.mark.parametrize("labels", [torch.zeros(4), torch.zeros(5, 1), torch.zeros(())])
def test_errors_wants_a_label_a_row(labels):
    with pytest.raises(ValueError, match="5 rows need labels"):
        train.errors(nn.Identity(), torch.eye(5), labels)


@pytest.mark.parametrize("repeats", [0, -1])
def test_seconds_to_predict_wants_a_repeat(repeats):
    with pytest.raises(ValueError, match="1 or more"):
        train.seconds_to_predict(nn.Identity(), torch.eye(2), repeats=repeats)


# fit


@pytest.mark.parametrize("batch", [1, 7, 50, 100])
def test_fit_is_the_plain_loop(batch):
    x, y = problem()
    ours = zoo.mlp(6, 8, 3, generator=seeded(1))
    theirs = zoo.mlp(6, 8, 3, generator=seeded(1))
    history = train.fit(ours, (x, y), epochs=3, batch=batch, lr=0.01, generator=seeded(2))

    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01, foreach=False, fused=False)
    g, losses = seeded(2), []
    for _ in range(3):
        order, total = torch.randperm(50, generator=g), 0.0
        for rows in order.split(batch):
            loss = F.cross_entropy(theirs(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / 50)
    torch.testing.assert_close(vector(ours), vector(theirs), atol=1e-5, rtol=1e-5)
    assert history.loss == pytest.approx(losses, abs=1e-5)


def test_adam_by_hand():
    # One weight, one image: Kingma and Ba's update, bias correction and all.
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 2.0)
    x, t = torch.tensor([[3.0]]), torch.tensor([[1.0]])
    train.fit(
        model,
        (x, t),
        lambda z, t: (z - t).square().mean(),
        epochs=3,
        lr=0.1,
        generator=seeded(),
    )
    w, m, v = 2.0, 0.0, 0.0
    for k in range(1, 4):
        grad = 2 * (3 * w - 1) * 3
        m, v = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2
        w -= 0.1 * (m / (1 - 0.9**k)) / (math.sqrt(v / (1 - 0.999**k)) + 1e-8)
    assert model.weight.item() == pytest.approx(w, abs=1e-5)


def test_same_seed_same_weights_whatever_the_global_generator():
    x, y = problem()

    def run(seed: int, noise: int) -> torch.Tensor:
        torch.manual_seed(noise)
        model = zoo.mlp(6, 8, 3, generator=seeded(1))
        train.fit(model, (x, y), epochs=2, batch=8, generator=seeded(seed))
        return vector(model)

    assert torch.equal(run(0, 1), run(0, 2))
    assert not torch.equal(run(0, 1), run(1, 1))


def test_rows_stay_together_in_every_target():
    # Each row's targets carry its own number: a shuffle that mixes them up would be seen.
    x = torch.arange(20.0)[:, None]
    seen = []

    def loss(z: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        seen.append((a, b))
        return (z * 0).sum()

    model = nn.Linear(1, 1)
    train.fit(model, (x, x[:, 0], x[:, 0] * 2), loss, epochs=2, batch=6, generator=seeded())
    assert [len(a) for a, _ in seen] == [6, 6, 6, 2] * 2
    assert all(torch.equal(2 * a, b) for a, b in seen)
    for epoch in (seen[:4], seen[4:]):
        assert torch.cat([a for a, _ in epoch]).sort().values.tolist() == list(range(20))


def test_the_data_are_left_as_they_were():
    x, y = problem()
    before = x.clone(), y.clone()
    train.fit(zoo.mlp(6, 3), (x, y), epochs=1, generator=seeded())
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])


def test_history_has_an_entry_an_epoch():
    x, y = problem()
    history = train.fit(
        zoo.mlp(6, 8, 3), (x, y), epochs=4, generator=seeded(), test=(x[:20], y[:20])
    )
    assert (len(history.loss), len(history.errors)) == (4, 4)
    assert all(0 <= e <= 20 for e in history.errors)
    assert history.seconds > 0
    assert history.best_epoch is None
    assert train.fit(zoo.mlp(6, 3), (x, y), epochs=1, generator=seeded()).errors == []


def test_history_ends_with_the_errors_of_the_model_that_is_left():
    x, y = problem()
    model = zoo.mlp(6, 8, 3)
    history = train.fit(model, (x, y), epochs=3, generator=seeded(), test=(x, y))
    assert history.errors[-1] == train.errors(model, x, y)


def test_the_loss_falls_on_digits(digits):
    model = zoo.mlp(784, 30, 10, generator=seeded())
    data = (digits.train_x[:500], digits.train_y[:500])
    history = train.fit(model, data, epochs=8, lr=4e-3, generator=seeded())
    assert history.loss[-1] < 0.4 * history.loss[0]


def test_no_epochs_changes_nothing():
    x, y = problem()
    model = zoo.mlp(6, 3)
    before = vector(model)
    history = train.fit(model, (x, y), epochs=0, generator=seeded(), test=(x, y), patience=1)
    assert torch.equal(vector(model), before)
    assert history.loss == []


def test_one_sample():
    x, y = problem(1)
    history = train.fit(zoo.mlp(6, 3), (x, y), epochs=2, generator=seeded(), test=(x, y))
    assert len(history.loss) == 2


class Scripted(nn.Module):
    """A model whose errors after each epoch are given; its weight tells how long it trained."""

    def __init__(self, script: list[int], rows: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.register_buffer("epoch", torch.tensor(-1))
        self.script, self.rows = script, rows

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.epoch += 1
            return x * 0 + self.weight
        wrong = torch.arange(self.rows) < self.script[int(self.epoch)]
        return F.one_hot(wrong.long(), 2).float()


@pytest.mark.parametrize(
    ("script", "patience", "epochs_run", "best"),
    [
        ([5, 3, 4, 4, 1, 0], 2, 4, 1),  # stops before the 1 that it never sees
        ([5, 3, 4, 4, 1, 2], 3, 6, 4),
        ([5, 3, 3, 3, 9, 9], 2, 4, 1),  # as good is not better: the first of equals
        ([5, 4, 3, 2, 1, 0], 1, 6, 5),
        ([0, 1, 1, 1, 1, 1], 1, 2, 0),
    ],
)
def test_early_stopping_puts_the_best_epoch_back(script, patience, epochs_run, best):
    model = Scripted(script, rows=10)
    x, labels = torch.ones(4, 1), torch.ones(4, 1)
    history = train.fit(
        model,
        (x, labels),
        lambda z, t: (z - t).square().mean(),
        epochs=6,
        lr=0.1,
        generator=seeded(),
        test=(torch.zeros(10, 1), torch.zeros(10, dtype=torch.int64)),
        patience=patience,
    )
    assert history.errors == script[:epochs_run]
    assert len(history.loss) == epochs_run
    assert history.best_epoch == best
    assert int(model.epoch) == best  # buffers come back too

    again = Scripted(script, rows=10)
    train.fit(
        again,
        (x, labels),
        lambda z, t: (z - t).square().mean(),
        epochs=best + 1,
        lr=0.1,
        generator=seeded(),
    )
    assert model.weight.item() == again.weight.item()


def test_without_patience_the_last_epoch_stays():
    model = Scripted([0, 5, 9], rows=10)
    test = (torch.zeros(10, 1), torch.zeros(10, dtype=torch.int64))
    history = train.fit(
        model,
        (torch.ones(4, 1), torch.ones(4, 1)),
        F.mse_loss,
        epochs=3,
        generator=seeded(),
        test=test,
    )
    assert history.errors == [0, 5, 9]
    assert int(model.epoch) == 2


@pytest.mark.parametrize(
    "data",
    [
        (),
        (torch.zeros(0, 6), torch.zeros(0, dtype=torch.int64)),
        (torch.zeros(3, 6), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(3, 6), torch.zeros(3, dtype=torch.int64), torch.zeros(4)),
    ],
)
def test_empty_or_uneven_data(data):
    with pytest.raises(ValueError, match="equal, positive lengths"):
        train.fit(zoo.mlp(6, 3), data, epochs=1, generator=seeded())


@pytest.mark.parametrize("wrong", [{"epochs": -1}, {"batch": 0}, {"batch": -5}])
def test_epochs_and_batch_below_their_least(wrong):
    model, before = zoo.mlp(6, 3), seeded().get_state()
    g = seeded()
    with pytest.raises(ValueError, match="epochs >= 0 and batch >= 1"):
        train.fit(model, problem(), **{"epochs": 1, "generator": g, **wrong})
    assert torch.equal(g.get_state(), before)


def test_patience_needs_a_test_set():
    x, y = problem()
    with pytest.raises(ValueError, match="patience"):
        train.fit(zoo.mlp(6, 3), (x, y), epochs=1, generator=seeded(), patience=2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_training_and_says_what_to_do(value):
    x, y = problem()
    steps = []

    def loss(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        steps.append(1)
        return F.cross_entropy(z, y) * (value if len(steps) == 3 else 1)

    with pytest.raises(ValueError, match=r"after epoch 2: try a smaller lr"):
        train.fit(zoo.mlp(6, 3), (x, y), loss, epochs=9, batch=25, generator=seeded())
    assert len(steps) == 4


def test_augmented_images_are_new_each_epoch_and_the_test_images_are_not():
    x, y = problem()
    calls = []

    def augment(images: torch.Tensor, g: torch.Generator) -> torch.Tensor:
        calls.append(images.clone())
        return images + torch.rand(images.shape, generator=g)

    options = {"epochs": 2, "augment": augment, "test": (x, y)}
    a = zoo.mlp(6, 8, 3, generator=seeded(1))
    train.fit(a, (x, y), generator=seeded(4), **options)
    assert len(calls) == 2
    for images in calls:  # the originals in another order, not the last epoch's images
        torch.testing.assert_close(images.sort(0).values, x.sort(0).values, atol=0, rtol=0)
    b = zoo.mlp(6, 8, 3, generator=seeded(1))
    train.fit(b, (x, y), generator=seeded(4), **options)
    assert torch.equal(vector(a), vector(b))


def test_fit_trains_in_training_mode_even_after_counting_errors():
    modes = []

    class Model(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            modes.append(self.training)
            return super().forward(x)

    x, y = problem(20)
    train.fit(Model(6, 3).eval(), (x, y), epochs=2, batch=20, generator=seeded(), test=(x, y))
    assert modes == [True, False, True, False]


def test_small_networks_take_one_thread_and_give_the_others_back(monkeypatch):
    torch.set_num_threads(2)
    seen = []

    def loss(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        seen.append(torch.get_num_threads())
        return F.cross_entropy(z, y)

    x, y = problem(10)
    train.fit(zoo.mlp(6, 3), (x, y), loss, epochs=1, generator=seeded())
    monkeypatch.setattr(train, "SMALL_BATCH_MACS", 0)
    train.fit(zoo.mlp(6, 3), (x, y), loss, epochs=1, generator=seeded())
    assert seen == [1, 2]
    assert torch.get_num_threads() == 2

    def fails(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("broken")

    monkeypatch.undo()
    with pytest.raises(RuntimeError, match="broken"):
        train.fit(zoo.mlp(6, 3), (x, y), fails, epochs=1, generator=seeded())
    assert torch.get_num_threads() == 2


# progress


def test_progress_writes_to_standard_output_alone():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert list(train.progress(range(3), "counting")) == [0, 1, 2]
    assert "counting" in out.getvalue()
    assert "3/3" in out.getvalue()
    assert err.getvalue() == ""


@pytest.mark.parametrize("nothing", [[], range(0), {}])
def test_progress_of_nothing_shows_no_bar(nothing, capsys):
    assert list(train.progress(nothing, "counting")) == []
    assert capsys.readouterr() == ("", "")


def test_fit_is_silent_unless_asked(capsys):
    x, y = problem()
    train.fit(zoo.mlp(6, 3), (x, y), epochs=2, generator=seeded(), test=(x, y))
    assert capsys.readouterr() == ("", "")
    options = {"epochs": 2, "generator": seeded(), "test": (x, y)}
    train.fit(zoo.mlp(6, 3), (x, y), show=True, what="a student", **options)
    out, err = capsys.readouterr()
    assert "a student" in out
    assert "errors=" in out
    assert err == ""


# jitter


def moved(image: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """`image` (28, 28) moved by whole pixels, one at a time, zeros moving in."""
    out = torch.zeros(28, 28)
    for i in range(28):
        for j in range(28):
            if 0 <= i - down < 28 and 0 <= j - right < 28:
                out[i, j] = image[i - down, j - right]
    return out


@pytest.mark.parametrize("pixels", [1, 2])
def test_jitter_gives_every_shift_and_only_those(pixels):
    image = torch.rand(28, 28, generator=seeded(1))
    steps = range(-pixels, pixels + 1)
    shifts = {(d, r): moved(image, d, r) for d in steps for r in steps}
    n = 40 * len(shifts)
    out = train.jitter(image.reshape(1, 784).repeat(n, 1), seeded(2), pixels).view(n, 28, 28)
    counts = dict.fromkeys(shifts, 0)
    for row in out:
        (shift,) = (s for s, picture in shifts.items() if torch.equal(row, picture))
        counts[shift] += 1
    # Each of them about 40 times: seven standard deviations either way.
    assert all(0 < c < 40 + 7 * 40**0.5 for c in counts.values())


def test_jitter_by_nothing_changes_nothing(digits):
    x = digits.train_x[:20]
    assert torch.equal(train.jitter(x, seeded(), pixels=0), x)


@given(seed=st.integers(0, 1000), pixels=st.integers(0, 4), n=st.integers(0, 5))
def test_jitter_keeps_the_ink_of_digits_with_a_margin(seed, pixels, n):
    x = torch.zeros(n, 28, 28)
    x[:, 4:24, 4:24] = torch.rand(n, 20, 20, generator=seeded(seed))
    out = train.jitter(x.reshape(n, 784), seeded(seed), pixels)
    assert out.shape == (n, 784)
    torch.testing.assert_close(out.sort(1).values, x.reshape(n, 784).sort(1).values, atol=0, rtol=0)


def test_jitter_leaves_its_input_and_repeats_by_seed(digits):
    x = digits.train_x[:50]
    before = x.clone()
    first, second = train.jitter(x, seeded(3)), train.jitter(x, seeded(3))
    assert torch.equal(x, before)
    assert torch.equal(first, second)
    assert not torch.equal(first, train.jitter(x, seeded(4)))


def test_jittered_copies_keep_each_image_s_label():
    # Image k is a square of brightness k + 1, so that a copy tells which image it is of.
    x = torch.zeros(6, 28, 28)
    x[:, 10:15, 10:15] = torch.arange(1.0, 7)[:, None, None]
    y = torch.tensor([5, 3, 1, 0, 2, 4])
    copies, labels = train.jittered_copies(x.view(6, 784), y, seeded(), copies=4)
    assert copies.shape == (24, 784)
    assert torch.equal(labels, y[copies.amax(1).long() - 1])
    assert len({tuple(c.nonzero().flatten().tolist()) for c in copies}) > 4  # not all alike
