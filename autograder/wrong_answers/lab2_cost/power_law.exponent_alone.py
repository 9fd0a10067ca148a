# mistake: returns the exponent alone
# says: you give the exponent alone
def power_law(sizes, errors):
    return -np.polyfit(np.log(sizes), np.log(errors), 1)[0]
