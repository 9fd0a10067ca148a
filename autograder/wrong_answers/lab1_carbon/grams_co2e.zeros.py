# mistake: gives three zeros where nothing is known
# says: what is unavailable is not 0
def grams_co2e(joules, g_per_kwh, pue=1.0):
    joules = joules or (0, 0, 0)
    return tuple(pue * j / 3.6e6 * g_per_kwh for j in joules)
