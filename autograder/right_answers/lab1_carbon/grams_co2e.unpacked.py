# different: three names, a factor first
def grams_co2e(joules, g_per_kwh, pue=1.0):
    factor = g_per_kwh * pue / 3_600_000
    if joules is None:
        return joules
    low, best, high = joules
    return [factor * low, factor * best, factor * high]
