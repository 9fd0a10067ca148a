# mistake: rounds to one digit
# says: rounded to one digit
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    low, high = PRICES[device]
    numbers = kwh, co2e(kwh)[0], low * hours * devices, high * hours * devices
    return tuple(round(number, 1) for number in numbers)
