# different: numpy: the day rolled and averaged
import numpy as np


def cheapest_start(day, hours):
    day = np.asarray(day, dtype=float)
    means = np.mean([np.roll(day, -i) for i in range(hours)], axis=0)
    return np.argmin(means), means.min()
