# mistake: returns exponent and scale
# says: the other way around
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log(sizes), np.log(errors), 1)
    return -slope, np.exp(intercept)
