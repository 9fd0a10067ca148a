# mistake: returns what polyfit gives
# says: you give what polyfit gives
def power_law(sizes, errors):
    return np.polyfit(np.log(sizes), np.log(errors), 1)
