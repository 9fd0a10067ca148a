# mistake: takes no logarithm
# says: the line goes through the costs
def points_per_tenfold(costs, values):
    return np.polyfit(costs, values, 1)[0]
