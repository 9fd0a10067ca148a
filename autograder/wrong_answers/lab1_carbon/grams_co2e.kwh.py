# mistake: stops at the kWh
# says: these are kWh
def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is None:
        return None
    return [pue * j / 3.6e6 for j in joules]
