# different: by numpy
import numpy as np


def times_fewer(sizes, biases, densities):
    n, b = np.array(sizes), np.array(biases)
    return (n + b).sum() / (n @ np.array(densities) + b.sum())
