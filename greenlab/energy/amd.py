"""AMD's GPUs through amdsmi, which comes with ROCm. Written from its reference, tried on no GPU."""

from __future__ import annotations

import os
from pathlib import Path

from greenlab.energy.nvidia import visible
from greenlab.energy.sensor import Counter, Unreadable

DRIVER = Path("/dev/kfd")
LIMIT = 2000.0  # watts, beyond any GPU
UPDATE = 0.1  # seconds, as assumed for NVIDIA's; amdsmi states none
ERROR = 0.05  # assumed too


def find(driver: Path = DRIVER) -> tuple[list[Counter], list[str]]:
    """A counter for each GPU that HIP_VISIBLE_DEVICES leaves, and what can't be read and why."""
    if not driver.exists():
        return [], []  # and amdsmi is not imported: it prints when its driver is missing
    try:
        import amdsmi

        amdsmi.amdsmi_init()
        handles = amdsmi.amdsmi_get_processor_handles()
        chosen = visible(os.environ.get("HIP_VISIBLE_DEVICES"), [""] * len(handles))
        return [_counter(amdsmi, handles[i], f"amd-gpu-{i}") for i in chosen], []
    except ImportError:
        return [], ["the AMD GPU is not in it: install amdsmi, which comes with ROCm"]
    except Exception as error:  # amdsmi's own errors, or a library of another version
        return [], [f"the AMD GPU is not in it: amdsmi says {error}"]


def _counter(amdsmi: object, handle: object, domain: str) -> Counter:
    def read() -> int:
        try:
            return amdsmi.amdsmi_get_energy_count(handle)["energy_accumulator"]
        except Exception as error:
            raise Unreadable(f"{domain}: amdsmi says {error}") from None

    microjoules = amdsmi.amdsmi_get_energy_count(handle)["counter_resolution"]
    return Counter(domain, read, 1e-6 * microjoules, "GPU", UPDATE, LIMIT, error=ERROR)
