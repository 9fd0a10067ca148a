# mistake: swaps the axes
# says: the axes are swapped
def points_per_tenfold(costs, values):
    return np.polyfit(values, np.log10(costs), 1)[0]
