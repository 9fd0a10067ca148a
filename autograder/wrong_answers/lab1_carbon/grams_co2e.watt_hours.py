# mistake: divides by 3600
# says: those are watt-hours
def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is None:
        return None
    return [pue * j / 3600 * g_per_kwh for j in joules]
