# mistake: returns what .sort() gives
# says: has no return
def by_country(kwh, g_per_kwh):
    pairs = [(name, kwh * grams / 1000) for name, grams in g_per_kwh.items()]
    return pairs.sort(key=lambda pair: pair[1])
