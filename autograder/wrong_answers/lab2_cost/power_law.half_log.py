# mistake: takes the logarithm of the sizes alone
# says: you take the logarithm of the sizes only
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log(sizes), errors, 1)
    return intercept, -slope
