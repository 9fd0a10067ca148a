# mistake: rounds the dollars alone
# says: the dollars are rounded
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    dollars = [round(price * hours * devices) for price in PRICES[device]]
    return kwh, co2e(kwh)[0], *dollars
