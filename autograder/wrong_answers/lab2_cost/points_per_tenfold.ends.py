# mistake: takes the first and the last point
# says: first and last point alone
def points_per_tenfold(costs, values):
    low, high = np.argmin(costs), np.argmax(costs)
    return (values[high] - values[low]) / np.log10(costs[high] / costs[low])
