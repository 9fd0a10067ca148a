# different: without the functions of before, a list
def training_cost(watts, hours, device, devices):
    kwh = 1.58 * watts * hours / 1000
    cost = [kwh, 0.954 * kwh]
    for price in PRICES[device]:
        cost.append(price * hours * devices)
    return cost
