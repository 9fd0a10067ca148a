# mistake: gives the share that is kept
# says: turn the fraction round
def times_fewer(sizes, biases, densities):
    kept = sum(n * d for n, d in zip(sizes, densities))
    return (kept + sum(biases)) / (sum(sizes) + sum(biases))
