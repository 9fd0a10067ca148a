# mistake: takes the mean of the densities
# says: a large layer weighs more
def times_fewer(sizes, biases, densities):
    return len(densities) / sum(densities)
