# mistake: doesn't sort
# says: they stand as they came
def by_country(kwh, g_per_kwh):
    return [(name, kwh * grams / 1000) for name, grams in g_per_kwh.items()]
