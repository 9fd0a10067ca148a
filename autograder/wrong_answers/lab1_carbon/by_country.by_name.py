# mistake: sorts by name
# says: sort by the kilograms
def by_country(kwh, g_per_kwh):
    return sorted((name, kwh * grams / 1000) for name, grams in g_per_kwh.items())
