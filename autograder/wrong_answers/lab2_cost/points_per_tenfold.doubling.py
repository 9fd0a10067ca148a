# mistake: takes the logarithm to base 2
# says: for each doubling
def points_per_tenfold(costs, values):
    return np.polyfit(np.log2(costs), values, 1)[0]
