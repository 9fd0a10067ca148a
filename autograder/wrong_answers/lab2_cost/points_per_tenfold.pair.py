# mistake: returns slope and intercept
# says: return the slope alone
def points_per_tenfold(costs, values):
    return np.polyfit(np.log10(costs), values, 1)
