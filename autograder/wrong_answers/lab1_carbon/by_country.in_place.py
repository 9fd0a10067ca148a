# mistake: writes into the caller's dict
# says: changes its dict
def by_country(kwh, g_per_kwh):
    for name in sorted(g_per_kwh, key=g_per_kwh.get):
        g_per_kwh[name] = g_per_kwh.pop(name) * kwh / 1000
    return list(g_per_kwh.items())
