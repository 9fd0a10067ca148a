# mistake: leaves the scale as a logarithm
# says: still a logarithm
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log(sizes), np.log(errors), 1)
    return intercept, -slope
