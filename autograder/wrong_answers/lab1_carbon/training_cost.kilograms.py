# mistake: gives kilograms
# says: the table has pounds
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, kg, low * hours * devices, high * hours * devices
