# mistake: leaves the scale as a logarithm
# says: your scale is still a logarithm; exp
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log(sizes), np.log(errors), 1)
    return intercept, -slope
