# mistake: fits the line to sizes and errors
# says: you fit sizes and errors
def power_law(sizes, errors):
    slope, intercept = np.polyfit(sizes, errors, 1)
    return intercept, -slope
