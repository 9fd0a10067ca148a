"""The meter: windows, the decorator, repetition, what it adds up, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
import torch

from greenlab.energy import Interval, Meter, amd, apple, meter, nvidia, rapl
from greenlab.energy.estimate import CpuSeconds
from greenlab.energy.sensor import Counter, Part


@pytest.fixture
def machine(monkeypatch, tree, nvml):
    """Sensors only from the tree and the fake NVML."""
    monkeypatch.setattr(sys, "platform", "linux")
    real = rapl.find
    monkeypatch.setattr(rapl, "find", lambda: real(tree.root))
    monkeypatch.setattr(amd, "find", lambda: ([], []))
    nvml()
    return tree


def steady(clock, watts: float, **more) -> Counter:
    """A counter of a machine that draws `watts` all the time."""
    more = {"update": 0.001, "limit": 1000.0} | more
    return Counter("package-0", lambda: int(watts * clock.now * 1e6), 1e-6, "machine", **more)


def spin(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_window_gives_a_reading(clock):
    with Meter("train", sensors=[steady(clock, 50)]) as m:
        with pytest.raises(RuntimeError, match="after the with block"):
            _ = m.reading
        clock.sleep(4)
    assert m.reading.interval.best == pytest.approx(200)
    assert (m.reading.name, m.reading.seconds) == ("train", 4)


def test_windows_nest_have_names_and_add_up(clock):
    with Meter(sensors=[steady(clock, 50)]) as m:
        for seconds in (1, 2):
            with m.window("epoch"):
                clock.sleep(seconds)
        with m.window("test") as inner, inner:
            clock.sleep(1)
    assert m.reading.interval.best == pytest.approx(200)
    assert [r.interval.best for r in m.windows["epoch"]] == pytest.approx([50, 100])
    assert sum(m.windows["epoch"]).interval.best == pytest.approx(150)
    assert {r.name for r in m.windows["epoch"]} == {"epoch"}
    assert len(m.windows["test"]) == 2


def test_a_failing_block_is_measured_and_its_error_goes_on(clock):
    m = Meter(sensors=[steady(clock, 50)])

    def fails():
        clock.sleep(2)
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError), m:
        fails()
    assert m.reading.interval.best == pytest.approx(100)


def test_the_decorator_keeps_a_reading_for_each_call_even_inside_itself(clock):
    @Meter(sensors=[steady(clock, 50)])
    def down(n: int) -> int:
        """Counts down."""
        clock.sleep(1)
        return n if n == 0 else down(n - 1)

    assert down(2) == 0
    assert down.__doc__ == "Counts down."
    assert [r.interval.best for r in down.readings] == pytest.approx([50, 100, 150])
    assert {r.name for r in down.readings} == {"down"}


def test_what_works_after_the_call_is_not_decorated():
    async def later():
        pass

    def lazily():
        yield 1

    for fn in (later, lazily):
        with pytest.raises(TypeError, match=f"{fn.__name__} does its work after the call"):
            Meter(sensors=[])(fn)


def test_repeat_warms_up_and_divides_by_the_calls(clock):
    calls = []

    def work():
        calls.append(clock.now)
        clock.sleep(1.0 if len(calls) == 1 else 0.25)

    done = Meter.repeat(work, 2.0, rounds=3, sensors=[steady(clock, 50)])
    assert (done.calls, len(calls)) == (24, 25)
    assert done.per_call.interval.best == pytest.approx(12.5)
    assert done.per_call.seconds == pytest.approx(0.25)
    assert done.per_call.name == "work"
    assert done.spread.low <= 12.5 + 1e-6
    assert "24 calls in 3 rounds" in str(done)


def test_repeat_is_long_against_a_slow_sensor(clock):
    done = Meter.repeat(
        lambda: clock.sleep(0.25), 0.5, rounds=1, sensors=[steady(clock, 50, update=0.5)]
    )
    assert done.calls == 20
    assert not any("short" in warning for warning in done.per_call.warnings)


def test_repeat_shows_the_spread_of_its_rounds(clock):
    drawn = [10.0]
    joules = [0.0]

    def work():
        joules[0] += drawn[0]
        drawn[0] += 1.0
        clock.sleep(1)

    counter = Counter("gpu-0", lambda: int(joules[0] * 1000), 1e-3, "GPU", 0.001, 500.0)
    done = Meter.repeat(work, 1.0, rounds=3, sensors=[counter])
    assert done.spread == Interval(11, 12, 13)
    assert done.per_call.interval.low < 11
    assert done.per_call.interval.high > 13
    assert done.per_call.interval.best == 12


def test_repeat_subtracts_the_idle_machine(clock):
    busy = [0.0]

    def work():
        busy[0] += 30.0
        clock.sleep(1)

    counter = Counter(
        "package-0", lambda: int(1e6 * (20 * clock.now + busy[0])), 1e-6, "machine", 0.001, 500.0
    )
    done = Meter.repeat(work, 4.0, rounds=2, idle_seconds=10.0, sensors=[counter])
    assert done.per_call.interval.best == pytest.approx(30)
    assert Meter.repeat(work, 4.0, rounds=2, sensors=[counter]).per_call.interval.best == (
        pytest.approx(50)
    )


def test_repeat_without_a_sensor_says_so(clock):
    gone = Meter.repeat(lambda: clock.sleep(1), 1.0, sensors=[steady(clock, 0)])
    assert gone.per_call.method == "unavailable"
    assert (gone.per_call.interval, gone.spread) == (None, None)


def test_repeat_subtracts_nothing_from_an_estimate():
    guess = Meter.repeat(lambda: spin(0.01), 0.05, idle_seconds=0.01, sensors=[CpuSeconds()])
    assert guess.per_call.method == "estimated"
    assert guess.per_call.interval.low > 0
    assert any("no idle baseline" in warning for warning in guess.per_call.warnings)


@pytest.mark.parametrize(
    "wrong", [{"rounds": 0}, {"min_seconds": 0}, {"idle_seconds": 0}, {"idle_seconds": -1}]
)
def test_repeat_refuses_nothing_to_measure(wrong):
    with pytest.raises(ValueError, match="repeat needs"):
        Meter.repeat(lambda: None, sensors=[], **wrong)


@pytest.mark.parametrize("every", [0, -1, float("nan")])
def test_every_must_be_above_zero(every):
    with pytest.raises(ValueError, match="every"):
        Meter(sensors=[], every=every)


def test_the_estimate_is_this_process_and_not_the_clock():
    meter = Meter(sensors=[CpuSeconds((4.0, 9.0))])
    with meter:
        time.sleep(0.2)
    asleep = meter.reading
    with meter:
        spin(0.2)
    awake = meter.reading
    assert (awake.method, awake.scope) == ("estimated", "process")
    assert awake.interval.low >= 4 * 0.2
    assert awake.interval.high / awake.interval.low == pytest.approx(9 / 4)
    assert awake.interval.best / awake.interval.low == pytest.approx(1.5)
    assert asleep.interval.high < 0.1 * awake.interval.low
    assert "not measured" in awake.warnings[0]


def test_the_neighbors_load_is_not_in_the_estimate():
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        with Meter(sensors=[CpuSeconds((10.0, 10.0))]) as m:
            time.sleep(0.3)
    finally:
        busy.kill()
        busy.wait()
    assert m.reading.interval.best < 10 * 0.1


@pytest.mark.parametrize("watts", [(0, 1), (5, 4), (-1, 2), (1, float("inf"))])
def test_watts_that_are_none_are_refused(watts):
    with pytest.raises(ValueError, match="low <= high"):
        CpuSeconds(watts)


def test_where_rapl_can_be_read_nothing_is_estimated(machine):
    machine.socket(0)
    with Meter() as m:
        machine.add("intel-rapl:0", 1000)
    assert [type(s) for s in m.sensors] == [Counter, Counter]
    assert m.reading.method == "counter"


def test_where_only_psys_can_be_read_the_cpu_is_estimated(machine):
    machine.zone("intel-rapl:0", "psys")
    assert any(isinstance(s, CpuSeconds) for s in Meter().sensors)


def test_without_any_sensor_it_estimates_and_says_why(machine):
    with Meter() as m:
        spin(0.01)
    assert (m.reading.method, m.reading.scope) == ("estimated", "process")
    assert any("no RAPL counters" in w for w in m.reading.warnings)
    with m.window("inside") as inside:
        pass
    assert any("no RAPL counters" in w for w in inside.reading.warnings)


def test_an_estimate_beside_a_gpu_stands_apart(machine, nvml, clock):
    gpu = {"energy": 0.0, "limit": 300.0}
    nvml(gpu)
    with Meter() as m:
        gpu["energy"] = 500.0
        clock.sleep(10)
    assert set(m.reading.joules) == {"gpu-0"}
    assert set(m.reading.apart) == {"cpu"}
    assert (m.reading.method, m.reading.scope) == ("counter", "GPU")
    assert any("stands apart" in w for w in m.reading.warnings)


def test_of_two_methods_the_less_sure_is_named():
    parts = [
        Part("package-0", Interval(1, 2, 3), "counter", "machine"),
        Part("gpu-0", Interval(1, 2, 9), "sampled", "GPU", ("wide",)),
        Part("gpu-1", None, "unavailable", "GPU", ("gpu-1: lost",)),
    ]
    reading = meter.assemble(parts, 1.0)
    assert (reading.method, reading.scope) == ("sampled", "machine + GPU")
    assert reading.interval == Interval(2, 4, 12)
    assert reading.warnings == ("wide", "gpu-1: lost")


def test_no_sensor_at_all_is_unavailable():
    with Meter(sensors=[]) as m:
        pass
    assert m.reading.method == "unavailable"
    assert m.reading.warnings


def test_long_windows_are_read_in_between_and_no_thread_is_left():
    counts = iter(range(10**6))
    counter = Counter("gpu-0", lambda: next(counts), 1e-3, "GPU", 0.001, 1e6)
    before = threading.active_count()
    m = Meter(sensors=[counter], every=0.005)
    with m:
        while m._open[-1].tracks[0].gained < 5:
            time.sleep(0.005)
    assert threading.active_count() == before
    assert m.reading.interval.best >= 5e-3


def test_the_gpus_in_use_are_waited_for_at_both_ends(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda i: {0: 5, 1: 0, 2: 7}[i])
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "synchronize", lambda: waited.append("mps"))
    with Meter(sensors=[]):
        assert waited == [0, 2, "mps"]
    assert waited == [0, 2, "mps"] * 2


def test_the_counter_is_read_after_the_gpu_is_done(monkeypatch, clock):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "synchronize", lambda: clock.sleep(3))
    with Meter(sensors=[steady(clock, 100)]) as m:
        clock.sleep(1)
    assert m.reading.interval.best == pytest.approx(400)
    assert m.reading.seconds == 4


def test_a_gpu_that_fails_leaves_no_thread(monkeypatch, clock):
    m = Meter(sensors=[steady(clock, 100)], every=60)
    before = threading.active_count()

    def broken():
        raise RuntimeError("device-side assert")

    m.__enter__()
    monkeypatch.setattr(meter, "synchronize", broken)
    with pytest.raises(RuntimeError, match="device-side"):
        m.__exit__(None, None, None)
    assert threading.active_count() == before


QUIET = """
import os, sys, threading
seen = []
def audit(event, args):
    if event.startswith(("socket.", "subprocess.", "os.fork", "os.exec", "os.posix_spawn",
                         "os.system", "os.mkdir", "logging")):
        seen.append((event, args))
    elif event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        seen.append((event, args))
sys.dont_write_bytecode = True
sys.addaudithook(audit)
from greenlab.energy import Meter
with Meter("x") as m:
    with m.window("y"):
        sum(range(1000))
repr(m.reading), m.reading._repr_html_()
assert threading.active_count() == 1, threading.enumerate()
heavy = {"torch", "numpy", "matplotlib", "zeus", "codecarbon", "logging"} & set(sys.modules)
assert not heavy, heavy
assert not seen, seen
"""


def test_it_imports_little_and_leaves_no_thread_file_process_or_call(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_amd_is_not_even_imported_without_its_driver(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "amdsmi", None)
    assert amd.find(tmp_path / "kfd") == ([], [])
    (tmp_path / "kfd").touch()
    assert "install amdsmi" in amd.find(tmp_path / "kfd")[1][0]


class FakeAmd:
    """amdsmi's calls with two GPUs; counts of 15.3 µJ."""

    def __init__(self) -> None:
        self.counts = [0, 0]

    def amdsmi_init(self) -> None:
        pass

    def amdsmi_get_processor_handles(self) -> list[int]:
        return [0, 1]

    def amdsmi_get_energy_count(self, i: int) -> dict:
        return {"energy_accumulator": self.counts[i], "counter_resolution": 15.3, "timestamp": 0}


def test_amd_counts_are_of_their_resolution(monkeypatch, tmp_path, clock):
    fake = FakeAmd()
    monkeypatch.setitem(sys.modules, "amdsmi", fake)
    monkeypatch.setenv("HIP_VISIBLE_DEVICES", "1")
    (tmp_path / "kfd").touch()
    m = Meter(sensors=amd.find(tmp_path / "kfd")[0])
    with m:
        fake.counts = [10**9, 10**7]
        clock.sleep(1)
    assert {k: v.best for k, v in m.reading.joules.items()} == {"amd-gpu-1": pytest.approx(153)}


class FakeApple:
    """zeus_apple_silicon's monitor of a chip that does not tell its DRAM."""

    cpu_total_mj, gpu_mj, dram_mj = 1000, 500, None

    def get_cumulative_energy(self) -> FakeApple:
        return self


def test_apple_gives_what_the_chip_tells(monkeypatch, clock):
    fake = FakeApple()
    module = type(sys)("zeus_apple_silicon")
    module.AppleEnergyMonitor = lambda: fake
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", module)
    m = Meter(sensors=apple.find("darwin")[0])
    with m:
        fake.cpu_total_mj, fake.gpu_mj = 6000, 2500
        clock.sleep(1)
    assert {k: v.best for k, v in m.reading.joules.items()} == {"package": 5, "gpu": 2}
    assert m.reading.scope == "machine + GPU"


def test_apple_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", None)
    assert "pip install zeus-apple-silicon" in apple.find("darwin")[1][0]
    assert apple.find("linux") == ([], [])


def test_the_meter_finds_no_gpu_without_a_driver(monkeypatch, nvml):
    fake = nvml()
    fake.init_error = fake.NVMLError_LibraryNotFound()
    assert nvidia.find() == ([], [])
