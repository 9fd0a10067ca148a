# mistake: puts the kilograms first in each pair
# says: swap them: the country first
def by_country(kwh, g_per_kwh):
    return sorted((kwh * grams / 1000, country) for country, grams in g_per_kwh.items())
