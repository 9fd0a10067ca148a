# mistake: takes the first and the last point
# says: first and last point
def doubling_months(years, amounts):
    first, last = np.argmin(years), np.argmax(years)
    doublings = np.log2(amounts[last] / amounts[first])
    return 12 * (years[last] - years[first]) / doublings
