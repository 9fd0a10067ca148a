# different: the watts shared among the devices, an array
import numpy as np


def training_cost(watts, hours, device, devices):
    kwh = energy_kwh(hours, 0, 0, watts / devices, devices)
    rent = hours * devices * np.array(PRICES[device])
    return np.concatenate([[kwh, co2e(kwh, 0.954)[0]], rent])
