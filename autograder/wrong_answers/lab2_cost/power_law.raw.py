# mistake: fits the line to sizes and errors
# says: take the logarithm of both
def power_law(sizes, errors):
    slope, intercept = np.polyfit(sizes, errors, 1)
    return intercept, -slope
