# mistake: sorts the wrong way round
# says: the dirtiest is first
def by_country(kwh, g_per_kwh):
    pairs = [(name, kwh * grams / 1000) for name, grams in g_per_kwh.items()]
    return sorted(pairs, key=lambda pair: pair[1], reverse=True)
