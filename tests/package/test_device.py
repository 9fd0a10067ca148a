"""The choice of device and scale with fakes, and the lines that students read."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
import time

import matplotlib as mpl
import numpy as np
import pytest
import torch

import greenlab
from greenlab import device
from greenlab.device import Lab
from greenlab.energy import account, estimate, sensor

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


# what it cost


class Clock:
    """Stands in for `time`: both clocks go on only when told."""

    def __init__(self) -> None:
        self.now = self.cpu = 50.0

    def perf_counter(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.cpu

    def work(self, seconds: float, cpu: float) -> None:
        self.now += seconds
        self.cpu += cpu


@pytest.fixture
def clock(monkeypatch):
    """Time that stands still until told, for the account and for its meters."""
    clock = Clock()
    for module in (account, estimate, sensor):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def lab_with(monkeypatch, clock):
    """A lab on a machine with these sensors."""

    def make(*sensors, device: torch.device = CPU, notes: tuple[str, ...] = ()) -> Lab:
        monkeypatch.setattr(account, "available", lambda: (list(sensors), list(notes)))
        return Lab(0, device, "class")

    return make


def counter(clock: Clock, watts: float, domain: str = "package-0", **more) -> sensor.Counter:
    """A counter of microjoules that gains `watts`, whatever the machine does."""
    about = {"scope": "machine", "update": 0.001, "limit": 1000.0} | more
    wraps_at = about.get("wraps_at") or 10**18
    return sensor.Counter(domain, lambda: int(1e6 * watts * clock.now) % wraps_at, 1e-6, **about)


def test_without_a_sensor_the_cost_is_a_range_of_an_estimate(lab_with, clock):
    lab = lab_with(estimate.CpuSeconds(), notes=("no RAPL counters here",))
    clock.work(130, cpu=100)
    first, *rest = lab.cost().splitlines()
    assert first == "Since setup: 130 s on the clock, 100 CPU seconds of this notebook."
    # 100 CPU seconds at 3 to 16 W: 300 to 1600 J, 0.083 to 0.44 Wh.
    assert rest == [
        "Estimated, not measured: 300 to 1,600 J, 0.083 to 0.44 Wh, of this process alone.",
        "Note: no RAPL counters here",
        "Note: estimated, not measured: CPU seconds of this process × 3 to 16 W a busy core",
    ]


def test_the_watts_of_a_core_are_said_in_one_place():
    low, high = estimate.WATTS_PER_CORE
    assert f"× {low:g} to {high:g} W a busy core" in Lab(0, CPU, "class").cost()
    assert not hasattr(device, "WATTS_PER_CORE")


def test_with_a_sensor_the_cost_is_measured_from_setup_on(lab_with, clock):
    clock.work(1000, cpu=1000)  # before setup: not in it
    lab = lab_with(counter(clock, 20), counter(clock, 4, "dram-0"))
    clock.work(100, cpu=30)
    assert lab.cost().splitlines()[1:] == [
        "Measured: 2.4 kJ (2.4 to 2.4), 0.67 to 0.67 Wh, of the whole machine, at rest too.",
        "  package-0: 2 kJ (2 to 2)",
        "  dram-0: 400 J (400 to 400)",
    ]
    clock.work(100, cpu=0)
    assert "4.8 kJ" in lab.cost().splitlines()[1]


def test_a_gpu_is_in_it_and_the_cpu_s_estimate_apart(lab_with, clock):
    gpu = counter(clock, 150, "gpu-0", scope="GPU")
    lab = lab_with(gpu, estimate.CpuSeconds(), device=CUDA)
    clock.work(100, cpu=10)
    text = lab.cost()
    assert "Measured: 15 kJ" in text
    assert "of the GPU, at rest too." in text
    assert "Apart, not added: cpu, 30 to 160 J." in text
    assert "not in it" not in text


@pytest.mark.parametrize("device", [CUDA, MPS])
def test_a_gpu_without_a_meter_is_said_not_to_be_in_it(lab_with, clock, device):
    lab = lab_with(estimate.CpuSeconds(), device=device)
    assert "The GPU's joules are not in it" in lab.cost()
    assert "GPU" not in lab_with(estimate.CpuSeconds()).cost()


def test_a_counter_that_has_not_moved_yet_is_no_zero_and_may_still_move(lab_with, clock):
    lab = lab_with(counter(clock, 20))
    text = lab.cost()
    assert "can't be told" in text
    assert "did not move" in text
    assert "0 J" not in text
    clock.work(10, cpu=1)
    assert "Measured: 200 J" in lab.cost()


def test_wraps_that_nobody_saw_are_told(lab_with, clock):
    lab = lab_with(counter(clock, 20, wraps_at=262 * 10**9, period=30.0))
    clock.work(6000, cpu=1)
    text = lab.cost()
    assert "Measured: 120 kJ (120 to 5," in text  # 22 wraps at 1,000 W
    assert "may have wrapped unseen" in text


def test_a_power_that_needs_samples_is_named_and_not_guessed_from_two(lab_with, clock):
    gpu = sensor.Power("gpu-0", lambda: 150.0, "GPU", 300, 0.1, 0.1)
    lab = lab_with(gpu, estimate.CpuSeconds(), device=CUDA)
    clock.work(100, cpu=10)
    text = lab.cost()
    assert "Estimated, not measured: 30 to 160 J" in text
    assert "gpu-0: its power has to be sampled" in text
    assert "The GPU's joules are not in it" in text


def test_setup_opens_the_meters_at_once_and_leaves_nothing_behind(machine, monkeypatch, clock):
    polled = [counter(clock, 20, period=30.0), sensor.Power("g", lambda: 1.0, "GPU", 3, 0.1, 0.1)]
    monkeypatch.setattr(account, "available", lambda: (polled, []))
    before = threading.enumerate()
    lab = greenlab.setup()
    clock.work(10, cpu=1)
    assert "Measured: 200 J" in lab.cost()
    assert threading.enumerate() == before


def test_opening_the_meters_takes_no_time():
    def seconds() -> float:
        began = time.perf_counter()
        Lab(0, CPU, "class")
        return time.perf_counter() - began

    assert min(seconds() for _ in range(20)) < 1e-3


def test_two_labs_of_one_choice_are_equal():
    assert Lab(0, CPU, "class") == Lab(0, CPU, "class")
    assert "Account" not in repr(Lab(0, CPU, "class"))


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
