"""The choice of device and scale with fakes, and the lines that students read."""

from __future__ import annotations

import random
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
import torch

import greenlab
from greenlab import device
from greenlab.device import Lab

CPU, CUDA, MPS = (torch.device(name) for name in ("cpu", "cuda", "mps"))


@pytest.fixture
def machine(monkeypatch):
    """Say which devices there are."""

    def has(cuda: int = 0, mps: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: int(cuda))
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Fake 3000")

    has()
    for name in ("GREENLAB_DEVICE", "GREENLAB_SCALE"):
        monkeypatch.delenv(name, raising=False)
    return has


@pytest.mark.parametrize(
    ("there", "best"),
    [
        ({}, "cpu"),
        ({"mps": True}, "mps"),
        ({"cuda": True}, "cuda"),
        ({"cuda": True, "mps": True}, "cuda"),
    ],
)
def test_the_best_device_is_picked(machine, there, best):
    machine(**there)
    assert device.pick() == torch.device(best)


def test_what_is_asked_for_is_picked(machine):
    machine(cuda=2, mps=True)
    for name in ("cpu", "mps", "cuda", "cuda:1", "cpu:0"):
        assert device.pick(name) == torch.device(name)
        assert device.pick(torch.device(name)) == torch.device(name)


@pytest.mark.parametrize(
    ("want", "there", "have"),
    [
        ("cuda", {}, "['cpu']"),
        ("cuda:0", {"mps": True}, "['mps', 'cpu']"),
        ("mps", {"cuda": True}, "['cuda', 'cpu']"),
        ("tpu", {}, "['cpu']"),
        ("", {}, "['cpu']"),
        ("gpu", {"cuda": True, "mps": True}, "['cuda', 'mps', 'cpu']"),
        ("cuda:1", {"cuda": 1}, "['cuda', 'cpu']"),
        ("cuda:7", {"cuda": 2}, "['cuda:0', 'cuda:1', 'cpu']"),
        ("cuda:x", {"cuda": 1}, "['cuda', 'cpu']"),
        ("cuda:", {"cuda": 1}, "['cuda', 'cpu']"),
        ("cuda:-1", {"cuda": 1}, "['cuda', 'cpu']"),
    ],
)
def test_a_device_that_is_not_there_names_those_that_are(machine, want, there, have):
    machine(**there)
    with pytest.raises(ValueError, match=re.escape(f"{want!r} is not available")) as caught:
        device.pick(want)
    assert str(caught.value).endswith(f"choose one of {have}")


def test_devices_in_words(machine):
    assert device.describe(CUDA) == "GPU Fake 3000 (CUDA)"
    assert device.describe(MPS) == "Apple GPU (MPS)"
    assert device.describe(CPU) == "CPU, 1 thread"
    torch.set_num_threads(2)
    assert device.describe(CPU) == "CPU, 2 threads"


def test_threads_come_back_even_after_an_error():
    torch.set_num_threads(2)
    with device.threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(KeyError), device.threads(1):
        raise KeyError
    assert torch.get_num_threads() == 2


# setup


def test_setup_says_what_it_chose_in_one_line(machine, capsys):
    lab = greenlab.setup(seed=7)
    out = capsys.readouterr().out
    assert (lab.seed, lab.device, lab.scale) == (7, CPU, "class")
    assert out.count("\n") == 1
    for part in ("seed 7", "CPU, 1 thread", "class scale", 'setup(scale="paper")'):
        assert part in out
    assert torch.__version__ in out


@pytest.mark.parametrize("there", ["cuda", "mps"])
def test_on_a_gpu_it_takes_the_paper_s_scale(machine, capsys, there):
    machine(**{there: True})
    lab = greenlab.setup()
    assert (lab.device.type, lab.scale) == (there, "paper")
    assert 'paper scale (change it with setup(scale="class"))' in capsys.readouterr().out
    assert greenlab.setup(device="cpu").scale == "class"
    assert greenlab.setup(scale="class").scale == "class"


def test_the_student_can_choose_the_paper_s_scale_on_a_cpu(machine):
    assert greenlab.setup(scale="paper").scale == "paper"


def test_the_environment_overrides_the_arguments_and_the_line_says_so(machine, monkeypatch, capsys):
    machine(cuda=1)
    monkeypatch.setenv("GREENLAB_DEVICE", "cpu")
    monkeypatch.setenv("GREENLAB_SCALE", "class")
    lab = greenlab.setup(device="cuda", scale="paper")
    assert (lab.device, lab.scale) == (CPU, "class")
    out = capsys.readouterr().out
    assert "CPU, 1 thread (set by GREENLAB_DEVICE)" in out
    assert "class scale (set by GREENLAB_SCALE)" in out
    assert "change it" not in out
    monkeypatch.setenv("GREENLAB_SCALE", "big")
    with pytest.raises(ValueError, match="'big' is unknown"):
        greenlab.setup()


def test_the_paper_s_scale_on_a_cpu_is_announced_as_long(machine, capsys):
    greenlab.setup(scale="paper")
    assert "On a CPU this takes long" in capsys.readouterr().out
    machine(cuda=1)
    greenlab.setup(scale="paper")
    assert "takes long" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [{"threads": n} for n in (0, -1, 1.5, None)] + [{"seed": n} for n in (None, -1, 2**32, 0.5)],
)
def test_a_seed_or_threads_that_are_no_number_of_use(machine, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be a whole number"):
        greenlab.setup(**wrong)


def test_numpy_s_numbers_are_numbers(machine):
    assert greenlab.setup(seed=np.int64(3), threads=np.int64(1)).seed == 3


@pytest.mark.parametrize("scale", ["big", "CLASS", "Paper"])
def test_an_unknown_scale_names_both(machine, scale):
    with pytest.raises(ValueError, match=r"choose one of \['class', 'paper'\]"):
        greenlab.setup(scale=scale)


def test_a_device_that_is_not_there(machine):
    with pytest.raises(ValueError, match="not available"):
        greenlab.setup(device="cuda")


def test_setup_seeds_every_generator(machine):
    def draws(seed: int) -> tuple:
        greenlab.setup(seed=seed)
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    assert draws(1) == draws(1)
    assert all(a != b for a, b in zip(draws(1), draws(2), strict=True))


def test_setup_sets_threads_and_style(machine):
    greenlab.setup(threads=2)
    assert torch.get_num_threads() == 2
    assert mpl.rcParams["figure.facecolor"] == "white"
    greenlab.setup()
    assert torch.get_num_threads() == 1


# Lab


def test_streams_differ_and_repeat():
    def draw(seed: int, stream: int) -> tuple:
        return tuple(torch.rand(4, generator=Lab(seed, CPU, "class").generator(stream)).tolist())

    every = {draw(seed, stream) for seed in range(4) for stream in range(200)}
    assert len(every) == 800
    assert draw(3, 5) == draw(3, 5)
    assert Lab(0, CPU, "class").generator().device.type == "cpu"


def test_each_call_of_generator_starts_afresh():
    lab = Lab(0, CPU, "class")
    assert torch.equal(*(torch.rand(3, generator=lab.generator(2)) for _ in range(2)))


def test_choose():
    assert Lab(0, CPU, "class").choose(in_class=3, paper=5) == 3
    assert Lab(0, CUDA, "paper").choose(in_class=3, paper=5) == 5


def test_a_lab_can_t_be_changed():
    with pytest.raises(AttributeError):
        Lab(0, CPU, "class").seed = 1


def test_cost_is_a_range_of_an_estimate(monkeypatch):
    monkeypatch.setattr(device.time, "perf_counter", lambda: 130.0)
    monkeypatch.setattr(device.time, "process_time", lambda: 105.0)
    text = Lab(0, CPU, "class", (30.0, 5.0)).cost()
    # 100 CPU seconds at 3 to 16 W: 300 to 1600 J, 0.083 to 0.44 Wh.
    assert "100 s on the clock, 100 CPU seconds" in text
    assert "Estimated, not measured: 300 to 1600 J (0.08 to 0.44 Wh)" in text
    assert "3 to 16 W" in text
    assert "GPU" not in text


def test_cost_on_a_gpu_says_what_is_not_in_it():
    assert "GPU's joules are not in it" in Lab(0, CUDA, "paper").cost()


def test_cost_of_nothing_is_not_claimed_to_be_zero():
    # An estimate of a moment's work must not read as a measured 0.
    text = Lab(0, CPU, "class").cost()
    assert "Estimated, not measured" in text


# the package itself


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_greenlab_does_not_import_torch():
    code = (
        "import sys, greenlab; print(sorted({'torch', 'matplotlib', 'numpy'} & set(sys.modules)))"
    )
    assert run(code).strip() == "[]"


def test_setup_and_lab_are_there_when_asked_for():
    assert greenlab.Lab is Lab
    assert greenlab.setup is device.setup
    with pytest.raises(AttributeError, match="no attribute 'setUp'"):
        greenlab.setUp  # noqa: B018


def test_importing_the_labs_modules_asks_no_network_and_prints_nothing():
    code = (
        "import socket\n"
        "def refuse(*args, **options): raise AssertionError('network')\n"
        "socket.socket.connect = refuse\n"
        "from greenlab import check, data, distill, train, widgets, zoo\n"
        "from greenlab.plots import distillation\n"
        "data.mnist()\n"
    )
    assert run(code) == ""
