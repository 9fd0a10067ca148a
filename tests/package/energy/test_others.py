"""Zeus and codecarbon through stand-ins of their classes: what they say becomes a reading."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from greenlab.energy import Meter
from greenlab.energy.others import CodeCarbon, Zeus


@pytest.fixture
def zeus(monkeypatch):
    """A Zeus that says this of every window."""
    said = SimpleNamespace(gpu_energy={}, cpu_energy=None, dram_energy=None)

    class ZeusMonitor:
        def __init__(self) -> None:
            self.windows: set[str] = set()

        def begin_window(self, key: str) -> None:
            assert key not in self.windows
            self.windows.add(key)

        def end_window(self, key: str) -> SimpleNamespace:
            self.windows.remove(key)
            return said

    module = ModuleType("zeus.monitor")
    module.ZeusMonitor = ZeusMonitor
    monkeypatch.setitem(sys.modules, "zeus", ModuleType("zeus"))
    monkeypatch.setitem(sys.modules, "zeus.monitor", module)
    return said


def test_zeus_gives_packages_dram_and_gpus(zeus):
    zeus.gpu_energy, zeus.cpu_energy, zeus.dram_energy = {0: 100.0}, {0: 30.0, 1: 20.0}, {0: 5.0}
    m = Meter(sensors=[Zeus()])
    with m, m:
        pass
    joules = {domain: value.best for domain, value in m.reading.joules.items()}
    assert joules == {"package-0": 30, "package-1": 20, "dram-0": 5, "gpu-0": 100}
    assert (m.reading.method, m.reading.scope) == ("counter", "machine + GPU")
    assert "Zeus states no interval" in m.reading.warnings[0]


def test_zeus_without_hardware_is_unavailable_not_zero(zeus):
    with Meter(sensors=[Zeus()]) as m:
        pass
    assert (m.reading.method, m.reading.interval) == ("unavailable", None)
    zeus.gpu_energy = {0: 0.0}
    with m:
        pass
    assert m.reading.interval is None
    assert "gpu-0: Zeus says 0 J" in m.reading.warnings[0]


def test_codecarbon_counts_as_an_estimate_and_writes_nothing(monkeypatch):
    asked = {}

    class OfflineEmissionsTracker:
        def __init__(self, **options) -> None:
            asked.update(options)

        def start(self) -> None:
            self.started = True

        def stop(self) -> None:
            self.final_emissions_data = SimpleNamespace(
                cpu_energy=1e-6 * self.started, ram_energy=2e-6, gpu_energy=0.0
            )

    module = ModuleType("codecarbon")
    module.OfflineEmissionsTracker = OfflineEmissionsTracker
    monkeypatch.setitem(sys.modules, "codecarbon", module)
    with Meter(sensors=[CodeCarbon(process=True)]) as m:
        pass
    joules = {domain: value.best for domain, value in m.reading.joules.items()}
    assert joules == {"cpu": pytest.approx(3.6), "dram": pytest.approx(7.2)}
    assert m.reading.method == "estimated"
    assert asked["save_to_file"] is False
    assert asked["tracking_mode"] == "process"


@pytest.mark.parametrize(
    ("module", "adapter"), [("zeus.monitor", Zeus), ("codecarbon", CodeCarbon)]
)
def test_what_is_not_installed_says_how_to(monkeypatch, module, adapter):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match="pip install"):
        adapter()
