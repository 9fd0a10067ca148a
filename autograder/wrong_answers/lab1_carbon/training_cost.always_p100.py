# mistake: takes the price of a P100
# says: use device
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = PRICES["P100"]
    return kwh, lb, low * hours * devices, high * hours * devices
