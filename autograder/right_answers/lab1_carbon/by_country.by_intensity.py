# different: sorts the names by the grid first, lists as pairs
def by_country(kwh, g_per_kwh):
    ranked = []
    for country in sorted(g_per_kwh, key=g_per_kwh.get):
        ranked.append([country, kwh * g_per_kwh[country] * 1e-3])
    return ranked
