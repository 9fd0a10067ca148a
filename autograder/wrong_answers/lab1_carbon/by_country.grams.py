# mistake: gives grams
# says: these are grams
def by_country(kwh, g_per_kwh):
    pairs = [(name, kwh * grams) for name, grams in g_per_kwh.items()]
    return sorted(pairs, key=lambda pair: pair[1])
