# mistake: takes the mean of the densities for all weights
# says: a large layer weighs more
def times_fewer(sizes, biases, densities):
    mean = sum(densities) / len(densities)
    n, b = sum(sizes), sum(biases)
    return (n + b) / (mean * n + b)
