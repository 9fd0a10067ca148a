# mistake: gives None for each of the three
# says: give None alone, not 3 of them
def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is None:
        return None, None, None
    return tuple(pue * j / 3.6e6 * g_per_kwh for j in joules)
