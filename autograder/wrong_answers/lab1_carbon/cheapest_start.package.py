# mistake: asks the package for the means
# says: uses greenlab.carbon.mean_intensity
def cheapest_start(day, hours):
    means = [carbon.mean_intensity(day, start, hours) for start in range(24)]
    return means.index(min(means)), min(means)
