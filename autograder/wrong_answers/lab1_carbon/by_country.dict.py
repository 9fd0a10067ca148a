# mistake: gives a dict
# says: gave a dict
def by_country(kwh, g_per_kwh):
    kg = {name: kwh * grams / 1000 for name, grams in g_per_kwh.items()}
    return dict(sorted(kg.items(), key=lambda pair: pair[1]))
