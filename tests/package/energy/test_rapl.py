"""RAPL on trees as kernels show them: sockets, dies, twins, wraps, jumps, what can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenlab.energy import Meter, rapl, sensor
from greenlab.energy.sensor import Counter

MJ = 1_000_000  # microjoules in a joule
RANGE = 262_143_328_850  # a package's max_energy_range_uj


def found(tree) -> tuple[dict[str, Counter], list[str]]:
    sensors, notes = rapl.find(tree.root)
    return {s.domain: s for s in sensors}, notes


def measure(tree, clock, change, seconds: float = 10.0):
    meter = Meter(sensors=rapl.find(tree.root)[0])
    with meter:
        change()
        clock.sleep(seconds)
    return meter.reading


def test_one_socket_with_dram_adds_both_and_leaves_the_cores_inside(tree, clock):
    tree.socket(0, uj=5 * MJ, dram_uj=MJ)

    def change():
        tree.add("intel-rapl:0", 300 * MJ)
        tree.add("intel-rapl:0:0", 250 * MJ)
        tree.add("intel-rapl:0:1", 20 * MJ)

    reading = measure(tree, clock, change)
    assert {k: v.best for k, v in reading.joules.items()} == {"package-0": 300, "dram-0": 20}
    assert reading.interval.best == 320
    assert (reading.method, reading.scope, reading.seconds) == ("counter", "machine", 10)
    assert reading.interval.low < 320 < reading.interval.high
    assert reading.interval.high - reading.interval.low < 1


def test_two_sockets_are_told_apart_down_to_their_dram(tree, clock):
    tree.socket(0)
    tree.socket(1)

    def change():
        for path, joules in (("0", 100), ("0:1", 10), ("1", 200), ("1:1", 20)):
            tree.add(f"intel-rapl:{path}", joules * MJ)

    joules = measure(tree, clock, change).joules
    best = {key: value.best for key, value in joules.items()}
    assert best == {"package-0": 100, "dram-0": 10, "package-1": 200, "dram-1": 20}


def test_psys_contains_the_package_and_stands_apart(tree, clock):
    tree.socket(0, dram_uj=None)
    tree.zone("intel-rapl:1", "psys")

    def change():
        tree.add("intel-rapl:0", 100 * MJ)
        tree.add("intel-rapl:1", 180 * MJ)

    reading = measure(tree, clock, change)
    assert reading.interval.best == 100
    assert reading.apart["psys"].best == 180
    assert "psys" not in reading.joules


def test_a_twin_by_mmio_counts_once(tree, clock):
    tree.zone("intel-rapl-mmio:0", "package-0")
    tree.socket(0, dram_uj=None)

    def change():
        tree.add("intel-rapl:0", 100 * MJ)
        tree.add("intel-rapl-mmio:0", 90 * MJ)  # told apart here, to see which one counts

    assert measure(tree, clock, change).interval.best == 100


def test_the_twin_stands_in_when_the_other_can_not_be_read(tree):
    tree.zone("intel-rapl-mmio:0", "package-0", 7)
    tree.socket(0, dram_uj=None)
    tree.set("intel-rapl:0", "")
    sensors, notes = found(tree)
    assert sensors["package-0"].read() == 7
    assert notes == []


def test_dies_of_one_package_and_their_dram_all_count(tree, clock):
    for i, die in enumerate(("package-0-die-0", "package-0-die-1")):
        tree.zone(f"intel-rapl:{i}", die)
        tree.zone(f"intel-rapl:{i}:0", "dram")

    def change():
        for path in ("0", "0:0", "1", "1:0"):
            tree.add(f"intel-rapl:{path}", 10 * MJ)

    reading = measure(tree, clock, change)
    dies = {f"{what}-0-die-{i}" for what in ("package", "dram") for i in (0, 1)}
    assert set(reading.joules) == dies
    assert reading.interval.best == 40


def test_amd_has_a_package_and_no_dram(tree, clock):
    tree.zone("intel-rapl:0", "package-0", 0, 65_532_610_987)
    tree.zone("intel-rapl:0:0", "core", 0, 65_532_610_987)
    reading = measure(tree, clock, lambda: tree.add("intel-rapl:0", 50 * MJ))
    assert {k: v.best for k, v in reading.joules.items()} == {"package-0": 50}


def test_a_wrap_is_no_loss(tree, clock):
    tree.socket(0, uj=RANGE - 100 * MJ, dram_uj=None)
    reading = measure(tree, clock, lambda: tree.add("intel-rapl:0", 300 * MJ))
    assert int((tree.root / "intel-rapl:0/energy_uj").read_text()) < RANGE - 100 * MJ
    assert reading.interval.best == 300


@pytest.mark.parametrize("jump", [113_782, 20_000])
def test_a_jump_is_no_energy(tree, clock, jump):
    tree.socket(0)

    def change():
        tree.add("intel-rapl:0", jump * MJ)
        tree.add("intel-rapl:0:1", 20 * MJ)

    reading = measure(tree, clock, change)
    assert set(reading.joules) == {"dram-0"}
    assert any("package-0" in w and f"jumped by {jump} J" in w for w in reading.warnings)


def test_a_counter_that_starts_again_from_zero_is_no_wrap(tree, clock):
    tree.socket(0, uj=1000 * MJ, dram_uj=None)
    reading = measure(tree, clock, lambda: tree.set("intel-rapl:0", "5000000\n"))
    assert reading.method == "unavailable"
    assert reading.interval is None
    assert "jumped" in " ".join(reading.warnings)


@pytest.mark.parametrize("text", ["", "12 34", "-5", "²", "\n"])
def test_a_truncated_counter_is_unavailable(tree, clock, text):
    tree.socket(0, uj=5, dram_uj=None)
    reading = measure(tree, clock, lambda: tree.set("intel-rapl:0", text))
    assert (reading.method, reading.interval, dict(reading.joules)) == ("unavailable", None, {})
    assert "holds no number" in " ".join(reading.warnings)
    assert "energy_uj" in " ".join(reading.warnings)


def test_a_counter_that_goes_away_is_unavailable(tree, clock):
    tree.socket(0, dram_uj=None)
    reading = measure(tree, clock, lambda: (tree.root / "intel-rapl:0/energy_uj").unlink())
    assert reading.method == "unavailable"
    assert "can't be read" in " ".join(reading.warnings)


@pytest.mark.parametrize("largest", ["", "0", "none"])
def test_without_a_range_a_step_back_can_not_be_told(tree, clock, largest):
    tree.socket(0, uj=100 * MJ, dram_uj=None)
    tree.set("intel-rapl:0", largest, "max_energy_range_uj")
    forward = measure(tree, clock, lambda: tree.set("intel-rapl:0", f"{300 * MJ}"))
    assert forward.interval.best == 200
    back = measure(tree, clock, lambda: tree.set("intel-rapl:0", f"{MJ}"))
    assert back.interval is None


def test_a_counter_that_stands_still_is_not_zero_joules(tree, clock):
    tree.socket(0, uj=100, dram_uj=None)
    reading = measure(tree, clock, lambda: None)
    assert reading.interval is None
    assert "did not move" in " ".join(reading.warnings)


def test_a_zone_that_may_not_be_read_is_named_with_what_to_do(tree, monkeypatch):
    tree.socket(0)
    read = Path.read_text

    def refused(path, *args, **kwargs):  # root may read all, so chmod proves nothing
        if path.name == "energy_uj" and ":0:1" not in str(path):
            raise PermissionError(13, "Permission denied")
        return read(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", refused)
    sensors, notes = found(tree)
    assert set(sensors) == {"dram-0"}
    assert len(notes) == 1
    assert "intel-rapl:0/energy_uj may not be read" in notes[0]
    assert "sudo chmod a+r /sys/class/powercap/intel-rapl*/energy_uj" in notes[0]


def test_where_there_is_no_rapl_it_says_so(tree):
    for root in (tree.root, tree.root / "missing"):
        sensors, notes = rapl.find(root)
        assert sensors == []
        assert "no RAPL counters" in notes[0]


def test_a_window_too_short_for_the_sensor_is_told(tree, clock):
    tree.socket(0, dram_uj=None)
    reading = measure(tree, clock, lambda: tree.add("intel-rapl:0", 100), seconds=0.002)
    assert "short" in " ".join(reading.warnings)
    assert reading.interval.high >= 1.5 * reading.interval.best


def test_wraps_that_nobody_saw_widen_the_interval(tree, clock):
    tree.zone("intel-rapl:0", "package-0", 0, 65_532_610_987)
    reading = measure(tree, clock, lambda: tree.add("intel-rapl:0", 500 * MJ), seconds=200.0)
    assert reading.interval.best == 500
    assert reading.interval.high > 65_532 + 500
    assert "wrapped unseen" in " ".join(reading.warnings)


steps = st.lists(st.integers(0, 30_000 * MJ), min_size=1, max_size=30)


@given(start=st.integers(0, RANGE - 1), steps=steps)
@example(start=RANGE - 1, steps=[1])
@example(start=RANGE - 1, steps=[30_000 * MJ] * 30)
def test_any_steps_add_up_exactly_across_wraps(start, steps):
    count = [start]
    counter = Counter("p", lambda: count[0] % RANGE, 1e-6, "machine", 0.001, 1000.0, RANGE)

    class Turned:
        now = 0.0

        def perf_counter(self):
            return self.now

    turned, real = Turned(), sensor.time
    sensor.time = turned
    try:
        track = counter.open()
        for step in steps:
            count[0] += step
            turned.now += 30.0
            track.poll()
        part = track.close()[0]
    finally:
        sensor.time = real
    assert track.gained == sum(steps)
    if sum(steps):
        assert part.joules.best == sum(steps) * 1e-6
        assert part.joules.low <= part.joules.best <= part.joules.high
    else:
        assert part.joules is None
