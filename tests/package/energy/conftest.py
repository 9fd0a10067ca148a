"""Machines without hardware: a clock to turn, sysfs trees as kernels show them, a fake NVML."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from greenlab.energy import meter, sensor

INTEL_RANGE = 262_143_328_850  # a package's max_energy_range_uj
DRAM_RANGE = 65_712_999_613


class Clock:
    """Stands in for `time` in the sensors: it goes on only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Tree:
    """A powercap directory; zones keep their energy in files, as in sysfs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    def zone(self, path: str, name: str, uj: int = 0, wraps_at: int = INTEL_RANGE) -> Path:
        folder = self.root / path
        folder.mkdir()
        for file, value in (("name", name), ("energy_uj", uj), ("max_energy_range_uj", wraps_at)):
            (folder / file).write_text(f"{value}\n")
        return folder

    def socket(self, number: int, uj: int = 0, dram_uj: int | None = 0) -> None:
        zone = f"intel-rapl:{number}"
        self.zone(zone, f"package-{number}", uj)
        self.zone(f"{zone}:0", "core", uj // 2)
        if dram_uj is not None:
            self.zone(f"{zone}:1", "dram", dram_uj, DRAM_RANGE)

    def add(self, path: str, uj: int) -> None:
        file = self.root / path / "energy_uj"
        wraps_at = int((self.root / path / "max_energy_range_uj").read_text())
        file.write_text(f"{(int(file.read_text()) + uj) % wraps_at}\n")

    def set(self, path: str, text: str, file: str = "energy_uj") -> None:
        (self.root / path / file).write_text(text)


class FakeNvml(ModuleType):
    """Some GPUs as dicts: energy and power in joules and watts, or an error to raise."""

    class NVMLError(Exception):
        pass

    class NVMLError_LibraryNotFound(NVMLError):
        pass

    class NVMLError_DriverNotLoaded(NVMLError):
        pass

    class NVMLError_NotSupported(NVMLError):
        pass

    def __init__(self, gpus: list[dict]) -> None:
        super().__init__("pynvml")
        self.gpus, self.init_error = gpus, None

    def _get(self, gpu: dict, key: str) -> object:
        value = gpu.get(key, self.NVMLError_NotSupported("Not Supported"))
        if callable(value):
            value = value()
        if isinstance(value, Exception):
            raise value
        return value

    def nvmlInit(self) -> None:
        if self.init_error:
            raise self.init_error

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, i: int) -> dict:
        return self.gpus[i]

    def nvmlDeviceGetUUID(self, gpu: dict) -> str:
        return gpu.get("uuid", f"GPU-{self.gpus.index(gpu)}abc")

    def nvmlDeviceGetName(self, gpu: dict) -> str:
        return gpu.get("name", "Fake 3000")

    def nvmlDeviceGetMigMode(self, gpu: dict) -> tuple:
        return self._get(gpu, "mig")

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu: dict) -> int:
        return int(1000 * self._get(gpu, "limit"))

    def nvmlDeviceGetTotalEnergyConsumption(self, gpu: dict) -> int:
        return int(1000 * self._get(gpu, "energy"))

    def nvmlDeviceGetPowerUsage(self, gpu: dict) -> int:
        return int(1000 * self._get(gpu, "power"))


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """Time for the sensors and the meter that stands still until told."""
    clock = Clock()
    monkeypatch.setattr(sensor, "time", clock)
    monkeypatch.setattr(meter, "time", clock)
    return clock


@pytest.fixture
def tree(tmp_path) -> Tree:
    """An empty powercap directory."""
    return Tree(tmp_path / "powercap")


@pytest.fixture
def nvml(monkeypatch):
    """Put these GPUs into the machine."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)

    def install(*gpus: dict) -> FakeNvml:
        fake = FakeNvml(list(gpus))
        monkeypatch.setitem(sys.modules, "pynvml", fake)
        return fake

    return install
