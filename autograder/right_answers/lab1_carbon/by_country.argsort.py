# different: numpy's argsort, numpy numbers
import numpy as np


def by_country(kwh, g_per_kwh):
    names = list(g_per_kwh)
    kg = kwh * np.array([g_per_kwh[name] for name in names]) / 1000
    return [(names[i], kg[i]) for i in np.argsort(kg)]
