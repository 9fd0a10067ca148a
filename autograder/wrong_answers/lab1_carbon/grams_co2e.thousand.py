# mistake: divides by 1000
# says: a kWh is 3.6 million joules
def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is None:
        return None
    return [pue * j / 1000 * g_per_kwh for j in joules]
