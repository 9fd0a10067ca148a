# mistake: applies the PUE to what has it
# says: the PUE is applied twice
def training_cost(watts, hours, device, devices):
    kwh = 1.58 * energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * hours * devices, high * hours * devices
