# mistake: gives a number that is none
# says: ask first whether joules is None
def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is None:
        return float("nan")
    return tuple(pue * j / 3.6e6 * g_per_kwh for j in joules)
