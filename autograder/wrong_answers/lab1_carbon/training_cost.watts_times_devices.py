# mistake: takes the machine's watts for those of one device
# says: they are those of the whole machine
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, 0, 0, watts, devices)
    lb, kg = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * hours * devices, high * hours * devices
