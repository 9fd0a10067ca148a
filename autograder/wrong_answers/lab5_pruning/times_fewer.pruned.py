# mistake: takes densities for what is pruned
# says: not pruned
def times_fewer(sizes, biases, densities):
    kept = sum(n * (1 - d) for n, d in zip(sizes, densities))
    return (sum(sizes) + sum(biases)) / (kept + sum(biases))
