# mistake: leaves the biases out
# says: the biases are left out
def times_fewer(sizes, biases, densities):
    kept = sum(n * d for n, d in zip(sizes, densities))
    return sum(sizes) / kept
