# mistake: rounds as the table does
# says: the numbers are rounded; keep the digits
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    dollars = [round(price * hours * devices) for price in PRICES[device]]
    return round(kwh), round(co2e(kwh)[0]), *dollars
