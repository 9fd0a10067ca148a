# mistake: returns the intercept
# says: this is the intercept
def points_per_tenfold(costs, values):
    return np.polyfit(np.log10(costs), values, 1)[1]
