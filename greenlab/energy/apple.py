"""Apple silicon through zeus-apple-silicon. Written from its reference, tried on no Mac."""

from __future__ import annotations

import sys

from greenlab.energy.sensor import Counter, Unreadable

LIMIT = 500.0  # watts, beyond any Mac
UPDATE = 0.1  # seconds, assumed: Apple documents none
FIELDS = {"package": "cpu_total_mj", "dram": "dram_mj", "gpu": "gpu_mj"}


def find(platform: str = sys.platform) -> tuple[list[Counter], list[str]]:
    """Counters of CPU, DRAM and GPU, those that this chip has, and what can't be read and why."""
    if platform != "darwin":
        return [], []
    try:
        from zeus_apple_silicon import AppleEnergyMonitor

        monitor = AppleEnergyMonitor()
        first = monitor.get_cumulative_energy()
    except ImportError:
        return [], ["Apple's counters are not read: pip install zeus-apple-silicon"]
    except Exception as error:  # an Intel Mac, or a system without IOReport
        return [], [f"Apple's counters can't be read: {error}"]
    there = {k: name for k, name in FIELDS.items() if getattr(first, name, None) is not None}
    return [_counter(monitor, domain, name) for domain, name in there.items()], []


def _counter(monitor: object, domain: str, name: str) -> Counter:
    def read() -> int:
        try:
            return getattr(monitor.get_cumulative_energy(), name)
        except Exception as error:
            raise Unreadable(f"{domain}: {error}") from None

    scope = "GPU" if domain == "gpu" else "machine"
    return Counter(domain, read, 1e-3, scope, UPDATE, LIMIT)
