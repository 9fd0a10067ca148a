# mistake: takes log10, undoes it by exp
# says: you take exp of a log10
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log10(sizes), np.log10(errors), 1)
    return np.exp(intercept), -slope
