# mistake: gives the names alone
# says: a list of pairs
def by_country(kwh, g_per_kwh):
    return sorted(g_per_kwh, key=g_per_kwh.get)
