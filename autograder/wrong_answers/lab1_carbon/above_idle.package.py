# mistake: builds on the package's form
# says: uses greenlab.energy.Interval
from greenlab.energy import Interval


def above_idle(run, run_seconds, idle, idle_seconds):
    left = Interval(*run) - Interval(*idle).scaled(run_seconds / idle_seconds)
    return left.low, left.best, left.high
