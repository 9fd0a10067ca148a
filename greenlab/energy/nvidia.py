"""NVIDIA's GPUs through NVML (the package nvidia-ml-py): an energy counter, or sampled power."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from greenlab.energy.sensor import Counter, Power, Sensor, Unreadable

UPDATE = 0.1  # seconds; the slowest renewal of the counter (Yang, Adamek, Armour 2024)
ERROR = 0.05  # NVML's reference, nvmlDeviceGetPowerUsage: within 5 % of the current draw
LIMIT = 2000.0  # watts, where the GPU does not say its own


def find() -> tuple[list[Sensor], list[str]]:
    """A sensor for each GPU that CUDA_VISIBLE_DEVICES leaves, and what can't be read and why."""
    try:
        import pynvml as nvml
    except ImportError:
        lacking = "the GPU is not in it: pip install nvidia-ml-py"
        return [], [lacking] if Path("/dev/nvidiactl").exists() else []
    try:
        nvml.nvmlInit()
        handles = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
        uuids = [nvml.nvmlDeviceGetUUID(handle) for handle in handles]
        names = {nvml.nvmlDeviceGetName(handle) for handle in handles}
    except (nvml.NVMLError_LibraryNotFound, nvml.NVMLError_DriverNotLoaded):
        return [], []  # no NVIDIA GPU here
    except nvml.NVMLError as error:
        return [], [f"NVIDIA's GPUs can't be read: {error}"]
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    sensors, notes = [], []
    if "MIG-" in (chosen or ""):
        notes.append("MIG: the energy of a part of a GPU can't be read; it is not in it")
    by_index = chosen is not None and any(word.strip().isdecimal() for word in chosen.split(","))
    if by_index and len(names) > 1 and os.environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
        notes.append(
            "GPUs of several kinds: set CUDA_DEVICE_ORDER=PCI_BUS_ID, or the numbers in "
            "CUDA_VISIBLE_DEVICES may mean other GPUs than those read here"
        )
    for i in visible(chosen, uuids):
        try:
            sensors.append(_sensor(nvml, handles[i], f"gpu-{i}"))
        except Unreadable as error:
            notes.append(str(error))
    return sensors, notes


def visible(chosen: str | None, uuids: Sequence[str]) -> list[int]:
    """Which GPUs CUDA_VISIBLE_DEVICES leaves, by CUDA's rules: the first wrong word ends the list.

    Words are numbers or the beginning of one UUID; None leaves all.
    """
    if chosen is None:
        return list(range(len(uuids)))
    found: list[int] = []
    for word in (word.strip() for word in chosen.split(",")):
        if word.isdecimal():
            matches = [int(word)] if int(word) < len(uuids) else []
        else:
            matches = [i for i, uuid in enumerate(uuids) if word and uuid.startswith(word)]
        if len(matches) != 1 or matches[0] in found:
            break
        found += matches
    return found


def _sensor(nvml: Any, handle: object, domain: str) -> Sensor:
    def asked(function: Callable, scale: float = 1) -> Callable[[], float]:
        def read() -> float:
            try:
                return function(handle) * scale
            except nvml.NVMLError as error:
                raise Unreadable(f"{domain}: can't be read: {error}") from None

        return read

    with suppress(nvml.NVMLError):  # most GPUs know no MIG
        if nvml.nvmlDeviceGetMigMode(handle)[0]:
            raise Unreadable(f"{domain}: in MIG mode its parts' energy can't be read")
    limit = LIMIT
    with suppress(nvml.NVMLError):
        limit = nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000 or LIMIT
    energy = asked(nvml.nvmlDeviceGetTotalEnergyConsumption)  # millijoules
    power = asked(nvml.nvmlDeviceGetPowerUsage, 1e-3)
    try:
        energy()
    except Unreadable:  # older than Volta
        power()
        return Power(domain, power, "GPU", limit, UPDATE, period=UPDATE, error=ERROR)
    # Short peaks go beyond the enforced limit, which holds on average.
    return Counter(domain, energy, 1e-3, "GPU", UPDATE, limit=2 * limit, error=ERROR)
