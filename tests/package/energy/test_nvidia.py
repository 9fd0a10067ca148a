"""NVIDIA's GPUs through a fake NVML: counters, sampled power, resets, what is visible, MIG."""

from __future__ import annotations

import sys

import pytest

from greenlab.energy import Meter, nvidia


def measure(clock, change, seconds: float = 10.0, every: float | None = None):
    sensors, notes = nvidia.find()
    meter = Meter(sensors=sensors, every=every)
    with meter:
        change()
        clock.sleep(seconds)
    return meter.reading, notes


def test_the_energy_counter_is_read_at_both_ends(nvml, clock):
    gpu = {"energy": 1000.0, "limit": 300.0}
    nvml(gpu)
    reading, notes = measure(clock, lambda: gpu.update(energy=3000.0))
    assert reading.joules["gpu-0"].best == pytest.approx(2000)
    assert (reading.method, reading.scope, notes) == ("counter", "GPU", [])
    assert reading.interval.low < 0.95 * 2000 < 1.05 * 2000 < reading.interval.high


@pytest.mark.parametrize("offset", [0.0, 0.03, 0.0999])
@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.05])
def test_slow_updates_stay_inside_the_interval(nvml, clock, offset, seconds):
    # 200 W, shown every 100 ms only
    began = clock.now - 50 + offset
    nvml({"energy": lambda: 200 * ((clock.now - began) // 0.1) * 0.1, "limit": 300.0})
    reading, _ = measure(clock, lambda: None, seconds)
    assert reading.interval.low <= 200 * seconds <= reading.interval.high


def test_a_window_within_one_update_is_not_zero_joules(nvml, clock):
    nvml({"energy": 10.0, "limit": 300.0})
    reading, _ = measure(clock, lambda: None, 0.05)
    assert (reading.method, reading.interval) == ("unavailable", None)
    assert "did not move" in " ".join(reading.warnings)


def test_a_reset_is_unavailable_not_negative(nvml, clock):
    gpu = {"energy": 50_000.0, "limit": 300.0}
    nvml(gpu)
    reading, _ = measure(clock, lambda: gpu.update(energy=12.0))
    assert reading.interval is None
    assert "reset" in " ".join(reading.warnings)


def test_a_jump_beyond_twice_the_limit_is_no_energy(nvml, clock):
    gpu = {"energy": 0.0, "limit": 300.0}
    nvml(gpu)
    reading, _ = measure(clock, lambda: gpu.update(energy=10_000.0))
    assert reading.interval is None
    assert "600 W" in " ".join(reading.warnings)


def test_a_gpu_lost_on_the_way_is_unavailable_and_the_other_counts(nvml, clock):
    lost, well = {"energy": 1.0}, {"energy": 1.0}
    fake = nvml(lost, well)

    def change():
        lost["energy"] = fake.NVMLError("GPU is lost")
        well["energy"] = 101.0

    reading, _ = measure(clock, change)
    assert {k: v.best for k, v in reading.joules.items()} == {"gpu-1": pytest.approx(100)}
    assert "gpu-0: can't be read: GPU is lost" in reading.warnings


def test_without_a_counter_the_power_is_sampled_with_a_wide_interval(nvml, clock):
    gpu = {"power": 100.0, "limit": 250.0}
    nvml(gpu)
    sensors, _ = nvidia.find()
    track = sensors[0].open()
    for watts in (200.0, 200.0, 100.0):
        clock.sleep(1)
        gpu["power"] = watts
        track.poll()
    part = track.close()[0]
    assert part.method == "sampled"
    assert part.joules.best == pytest.approx(150 + 200 + 150)
    # a quarter of the time is seen, the rest is between nothing and the limit
    assert part.joules.low == pytest.approx(0.25 * 500 * 0.95)
    assert part.joules.high == pytest.approx((0.25 * 500 + 0.75 * 3 * 250) * 1.05)
    assert "25%" in part.warnings[0]


def test_sampling_runs_in_a_thread_that_ends_with_the_window(nvml):
    import threading

    nvml({"power": 100.0, "limit": 250.0})
    before = threading.active_count()
    meter = Meter(sensors=nvidia.find()[0])
    with meter:
        assert threading.active_count() == before + 1
        while meter._open[-1].tracks[0].joules == 0:
            threading.Event().wait(0.01)
    assert threading.active_count() == before
    assert meter.reading.method == "sampled"


def test_neither_counter_nor_power_is_unavailable_and_said(nvml):
    nvml({"limit": 250.0})
    sensors, notes = nvidia.find()
    assert sensors == []
    assert notes == ["gpu-0: can't be read: Not Supported"]


def test_mig_is_said_to_be_unavailable(nvml):
    nvml({"energy": 1.0, "mig": (1, 1)}, {"energy": 1.0, "mig": (0, 0)})
    sensors, notes = nvidia.find()
    assert [s.domain for s in sensors] == ["gpu-1"]
    assert "gpu-0: in MIG mode" in notes[0]


def test_a_mig_part_is_not_billed_with_the_whole_gpu(nvml, monkeypatch):
    nvml({"energy": 1.0})
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-GPU-0abc/1/0")
    sensors, notes = nvidia.find()
    assert sensors == []
    assert "MIG" in notes[0]


UUIDS = ["GPU-aa11", "GPU-ab22", "GPU-cc33"]


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("1", [1]),
        ("2,0", [2, 0]),
        (" 2 , 0 ", [2, 0]),
        ("0,5,1", [0]),
        ("0,-1,1", [0]),
        ("GPU-ab22", [1]),
        ("GPU-cc,GPU-aa", [2, 0]),
        ("GPU-a", []),  # two begin so
        ("GPU-zz", []),
        ("0,0", [0]),
        ("²", []),
    ],
)
def test_the_visible_gpus_are_those_that_cuda_sees(chosen, left):
    assert nvidia.visible(chosen, UUIDS) == left


def test_only_visible_gpus_are_read_and_keep_their_numbers(nvml, monkeypatch, clock):
    gpus = [{"energy": 0.0, "uuid": u} for u in UUIDS]
    nvml(*gpus)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-cc33")

    def change():
        for i, gpu in enumerate(gpus):
            gpu["energy"] = 100.0 * (i + 1)

    reading, _ = measure(clock, change)
    assert {k: v.best for k, v in reading.joules.items()} == {"gpu-2": pytest.approx(300)}


def test_gpus_of_several_kinds_by_number_are_warned_about(nvml, monkeypatch):
    nvml({"energy": 1.0, "name": "A"}, {"energy": 1.0, "name": "B"})
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in nvidia.find()[1][0]
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    assert nvidia.find()[1] == []


def test_no_driver_is_no_gpu_and_other_errors_are_said(nvml):
    fake = nvml({"energy": 1.0})
    for quiet in (fake.NVMLError_LibraryNotFound(), fake.NVMLError_DriverNotLoaded()):
        fake.init_error = quiet
        assert nvidia.find() == ([], [])
    fake.init_error = fake.NVMLError("Driver/library version mismatch")
    assert nvidia.find() == ([], ["NVIDIA's GPUs can't be read: Driver/library version mismatch"])


def test_the_real_library_answers_here(monkeypatch):
    pytest.importorskip("pynvml")
    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    sensors, notes = nvidia.find()
    assert all(s.domain.startswith("gpu-") for s in sensors)
    assert all("gpu" in note.lower() for note in notes)
