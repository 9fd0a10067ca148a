# mistake: rents one device
# says: the dollars are those of one device
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * hours, high * hours
