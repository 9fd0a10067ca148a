# mistake: takes the logarithm of the sizes alone
# says: only the sizes are on a logarithm
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log(sizes), errors, 1)
    return intercept, -slope
