# mistake: counts the biases before only
# says: before only
def times_fewer(sizes, biases, densities):
    kept = sum(n * d for n, d in zip(sizes, densities))
    return (sum(sizes) + sum(biases)) / kept
