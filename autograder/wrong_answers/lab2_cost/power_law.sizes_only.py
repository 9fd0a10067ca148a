# mistake: takes the logarithm of the sizes alone, then exp
# says: you fit errors without their logarithm
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log(sizes), errors, 1)
    return np.exp(intercept), -slope
