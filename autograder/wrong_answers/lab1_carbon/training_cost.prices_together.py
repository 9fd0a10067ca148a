# mistake: gives both prices as one pair
# says: should give 4 numbers
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, (low * hours * devices, high * hours * devices)
