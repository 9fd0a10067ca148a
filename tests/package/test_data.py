"""The digits: their bytes, their split, and what happens when the large set can't be had."""

from __future__ import annotations

import hashlib
import socket
import urllib.error
from importlib.resources import files

import numpy as np
import pytest
import torch
from sklearn import datasets

from greenlab import data
from greenlab.device import Lab
from greenlab.installed import reinstall

FILE = files("greenlab.data") / "mnist10k.npz"
SHA256 = "f1a23f2fb1a1c97bb00a811807ddd50a888dbcdcdead94147993273c22ee3f37"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def raw():
    with np.load(str(FILE)) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """scikit-learn's data home, empty."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def small_mnist(monkeypatch):
    """fetch_openml as it answers, ten rows long: float64 pixels, classes as text."""
    images = np.arange(10 * 784, dtype=np.float64).reshape(10, 784) % 256
    labels = np.array(list("5041921314"), dtype=object)
    asked = []

    def fetch(name, **options):
        asked.append((name, options))
        return images, labels

    monkeypatch.setattr(datasets, "fetch_openml", fetch)
    monkeypatch.setitem(data.SPLIT, "mnist", 7)
    return images, asked


@pytest.fixture
def no_network(monkeypatch):
    def fail(*args: object, **options: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(datasets, "fetch_openml", fail)


def test_the_shipped_bytes_are_the_ones_that_the_trained_weights_were_made_with():
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256


def test_shapes_types_and_range(digits):
    assert digits.train_x.shape == (8000, 784)
    assert digits.test_x.shape == (2000, 784)
    assert digits.train_y.shape == (8000,)
    assert digits.test_y.shape == (2000,)
    for x, y in ((digits.train_x, digits.train_y), (digits.test_x, digits.test_y)):
        assert (x.dtype, y.dtype) == (torch.float32, torch.int64)
        assert (x.min().item(), x.max().item()) == (0.0, 1.0)
        assert set(y.tolist()) == set(range(10))


def test_the_split_is_the_first_8000_rows_and_the_rest_in_the_file_s_order(digits, raw):
    x = raw["images"].reshape(10_000, 784).astype(np.float64) / 255
    np.testing.assert_allclose(digits.train_x.numpy(), x[:8000], atol=1e-7)
    np.testing.assert_allclose(digits.test_x.numpy(), x[8000:], atol=1e-7)
    both = torch.cat([digits.train_y, digits.test_y]).numpy()
    assert (both == raw["labels"]).all()


def test_each_call_gives_the_same_digits(digits):
    again = data.mnist("mnist10k")
    assert torch.equal(again.train_x, digits.train_x)
    assert torch.equal(again.test_y, digits.test_y)


def test_class_counts(digits):
    # Counted from the file by hand; test sets of the labs quote them ("about 200 threes").
    assert digits.train_y.bincount().tolist() == [784, 882, 805, 828, 789, 679, 811, 882, 755, 785]
    assert digits.test_y.bincount().tolist() == [217, 245, 186, 204, 191, 184, 203, 188, 189, 193]


def test_no_test_image_is_trained_on(raw):
    rows = [row.tobytes() for row in raw["images"]]
    assert len(set(rows)) == 10_000
    assert not set(rows[:8000]) & set(rows[8000:])


def test_the_data_card_tells_origin_license_split_and_limits():
    card = (files("greenlab.data") / "mnist10k.md").read_text(encoding="utf-8")
    for part in ("first 8,000 rows train", "last 2,000 test", "LeCun", "License", "do not compare"):
        assert part in card


@pytest.mark.parametrize("name", ["", "MNIST10K", "cifar10", "mnist_784"])
def test_an_unknown_name_lists_those_that_there_are(name):
    with pytest.raises(ValueError, match=r"mnist10k.*mnist"):
        data.mnist(name)


def test_the_tensors_go_to_the_device():
    split = data.mnist(device="meta")
    for tensor in (split.train_x, split.train_y, split.test_x, split.test_y):
        assert tensor.is_meta
    assert data.mnist(device=CPU).train_x.device == CPU


def test_the_repr_counts_what_is_there(digits):
    assert repr(digits) == "mnist10k: 8,000 training and 2,000 test images on cpu"


def test_full_mnist_becomes_the_same_kind_of_split(small_mnist):
    images, asked = small_mnist
    split = data.mnist("mnist")
    (name, options), *more = asked
    assert (name, options["version"], more) == ("mnist_784", 1, [])
    assert split.name == "mnist"
    np.testing.assert_allclose(split.train_x.numpy(), images[:7] / 255, atol=1e-7)
    assert split.train_x.dtype == split.test_x.dtype == torch.float32
    assert split.train_y.tolist() == [5, 0, 4, 1, 9, 2, 1]  # text becomes numbers
    assert split.test_y.tolist() == [3, 1, 4]


def test_full_mnist_is_fetched_once_and_then_read(small_mnist, home, capsys):
    _, asked = small_mnist
    first = data.mnist("mnist")
    capsys.readouterr()
    again = data.mnist("mnist")
    assert len(asked) == 1
    assert capsys.readouterr().out == ""
    for part in ("train_x", "train_y", "test_x", "test_y"):
        assert torch.equal(getattr(again, part), getattr(first, part))
    assert [path.name for path in home.iterdir()] == ["greenlab_mnist.npz"]


@pytest.mark.parametrize("broken", ["cut", "empty", "short"])
def test_a_broken_copy_of_full_mnist_is_fetched_anew(small_mnist, home, broken):
    _, asked = small_mnist
    data.mnist("mnist")
    path = home / "greenlab_mnist.npz"
    if broken == "short":
        np.savez(path, images=np.zeros((5, 784), np.uint8), labels=np.zeros(5, np.uint8))
    else:
        path.write_bytes(path.read_bytes()[: 600 if broken == "cut" else 0])
    assert data.mnist("mnist").train_y.tolist() == [5, 0, 4, 1, 9, 2, 1]
    data.mnist("mnist")
    assert len(asked) == 2


def test_a_copy_that_can_t_be_kept_costs_nothing_but_time(small_mnist, home, monkeypatch):
    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    assert len(data.mnist("mnist").test_y) == 3
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("fails", [True, False])
def test_the_download_is_tried_once_within_a_time_that_is_put_back(monkeypatch, home, fails):
    def fetch(name: str, **options: object) -> tuple:
        assert options["n_retries"] == 1
        assert socket.getdefaulttimeout() == data.TIMEOUT
        if fails:
            raise TimeoutError
        return np.zeros((9, 784)), np.array(list("012345678"), dtype=object)

    monkeypatch.setattr(datasets, "fetch_openml", fetch)
    monkeypatch.setitem(data.SPLIT, "mnist", 7)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(77)
    try:
        if fails:
            with pytest.raises(data.DataUnavailable):
                data.mnist("mnist")
        else:
            data.mnist("mnist")
        assert socket.getdefaulttimeout() == 77
    finally:
        socket.setdefaulttimeout(before)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off", "shapes"])
def test_shipped_digits_missing_or_broken_name_file_and_remedy(tmp_path, monkeypatch, content):
    path = tmp_path / "mnist10k.npz"
    monkeypatch.setattr(data, "SHIPPED", path)
    if content == "shapes":
        np.savez(path, images=np.zeros((3, 28, 28)), labels=np.zeros(3))
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(data.DataUnavailable) as caught:
        data.mnist()
    assert str(path) in str(caught.value)
    assert reinstall(path) in str(caught.value)


def test_full_mnist_is_split_as_usual():
    assert data.SPLIT["mnist"] == 60_000


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("no route to host"),
        OSError("disk full"),
        ValueError("md5 checksum of local file does not match"),
        TimeoutError("timed out"),
    ],
)
def test_without_it_the_message_names_the_offline_set_and_the_cause(monkeypatch, error):
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(datasets, "fetch_openml", fail)
    with pytest.raises(data.DataUnavailable) as caught:
        data.mnist("mnist")
    text = str(caught.value)
    assert 'data.mnist("mnist10k")' in text
    assert type(error).__name__ in text
    assert caught.value.__cause__ is error


def test_a_lab_at_class_scale_takes_the_shipped_digits_and_asks_no_network(no_network, capsys):
    split = data.for_lab(Lab(0, CPU, "class"))
    assert split.name == "mnist10k"
    assert capsys.readouterr().out == f"{split}\n"


def test_a_lab_at_paper_scale_takes_full_mnist(small_mnist, capsys):
    split = data.for_lab(Lab(0, CPU, "paper"))
    assert split.name == "mnist"
    said, shown = capsys.readouterr().out.splitlines()
    assert said.startswith("Fetching the full MNIST (once, about 15 MB")
    assert shown == "mnist: 7 training and 3 test images on cpu"


def test_a_lab_at_paper_scale_goes_on_with_the_shipped_digits_and_says_why(no_network, capsys):
    split = data.for_lab(Lab(0, CPU, "paper"))
    assert split.name == "mnist10k"
    out = capsys.readouterr().out
    assert "no route to host" in out
    assert out.endswith(f"{split}\n")


def test_a_lab_s_digits_lie_on_its_device(small_mnist):
    assert data.for_lab(Lab(0, torch.device("meta"), "class")).train_x.is_meta
    assert data.for_lab(Lab(0, torch.device("meta"), "paper")).train_x.is_meta
