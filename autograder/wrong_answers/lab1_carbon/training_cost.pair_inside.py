# mistake: leaves the pair of co2e as it is
# says: take one of them
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    low, high = PRICES[device]
    return kwh, co2e(kwh), low * hours * devices, high * hours * devices
