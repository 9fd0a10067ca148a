# mistake: forgets the minus
# says: wrong sign
def power_law(sizes, errors):
    slope, intercept = np.polyfit(np.log(sizes), np.log(errors), 1)
    return np.exp(intercept), slope
