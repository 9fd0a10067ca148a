"""Energy meters that say how they know: `with Meter() as m: ...`, then `m.reading`."""

from greenlab.energy.meter import Meter, Repeated
from greenlab.energy.reading import Interval, Reading

__all__ = ["Interval", "Meter", "Reading", "Repeated"]
