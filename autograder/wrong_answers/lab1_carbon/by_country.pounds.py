# mistake: gives pounds
# says: these are pounds
def by_country(kwh, g_per_kwh):
    pairs = [(n, kwh * g / 1000 / carbon.KG_PER_LB) for n, g in g_per_kwh.items()]
    return sorted(pairs, key=lambda pair: pair[1])
