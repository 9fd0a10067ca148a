# mistake: doesn't ask for None
# says: NoneType
def grams_co2e(joules, g_per_kwh, pue=1.0):
    return [pue * j / 3.6e6 * g_per_kwh for j in joules]
