# mistake: prunes the biases
# says: the biases are pruned too
def times_fewer(sizes, biases, densities):
    left = sum((n + b) * d for n, b, d in zip(sizes, biases, densities))
    return (sum(sizes) + sum(biases)) / left
