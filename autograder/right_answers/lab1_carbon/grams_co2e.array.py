# different: an array
import numpy as np


def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is not None:
        kwh = np.asarray(joules) / (1000 * 60 * 60)
        return kwh * g_per_kwh * pue
