# mistake: forgets the hours in the dollars
# says: the hours are missing in the dollars
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * devices, high * devices
