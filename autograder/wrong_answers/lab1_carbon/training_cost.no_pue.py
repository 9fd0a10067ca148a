# mistake: gives a PUE of 1
# says: the PUE is forgotten
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0, 1)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * hours * devices, high * hours * devices
