# mistake: gives the best value alone
# says: should give 3 numbers
def grams_co2e(joules, g_per_kwh, pue=1.0):
    if joules is None:
        return None
    return pue * joules[1] / 3.6e6 * g_per_kwh
