# mistake: asks the package for the dollars
# says: uses greenlab.carbon.cloud_usd
def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, kg = co2e(kwh)
    low, high = carbon.cloud_usd(hours, device, devices)
    return kwh, lb, low, high
