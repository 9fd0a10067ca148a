# different: pounds of a kilogram, an array as the answer
import numpy as np


def co2e(kwh, lb_per_kwh=0.954):
    return kwh * lb_per_kwh / np.array([1, 2.20462262])
