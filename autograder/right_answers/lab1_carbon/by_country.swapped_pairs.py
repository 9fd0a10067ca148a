# different: sorts pairs with the kilograms first
def by_country(kwh, g_per_kwh):
    turned = sorted((grams / 1000 * kwh, name) for name, grams in g_per_kwh.items())
    return [(name, kg) for kg, name in turned]
