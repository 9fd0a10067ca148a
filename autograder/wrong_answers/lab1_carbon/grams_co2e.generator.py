# mistake: gives a generator
# says: put tuple(…) around it
def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is None:
        return None
    return (pue * j / 3.6e6 * g_per_kwh for j in joules)
