# mistake: takes the natural logarithm
# says: the logarithm is the natural one
def points_per_tenfold(costs, values):
    return np.polyfit(np.log(costs), values, 1)[0]
