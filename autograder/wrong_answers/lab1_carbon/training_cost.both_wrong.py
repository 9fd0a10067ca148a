# mistake: watts times devices, dollars of one
# says: the watts are the whole machine's
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, 0, 0, watts, devices)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * hours, high * hours
