# mistake: forgets the energy
# says: multiply by the energy
def by_country(kwh, g_per_kwh):
    pairs = [(name, grams / 1000) for name, grams in g_per_kwh.items()]
    return sorted(pairs, key=lambda pair: pair[1])
