# mistake: pays for kWh
# says: a cloud rents by the hour
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * kwh, high * kwh
