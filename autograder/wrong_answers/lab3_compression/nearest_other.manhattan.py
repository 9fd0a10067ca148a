# mistake: adds up magnitudes
# says: add up squares
def nearest_other(rows, i):
    distance = np.abs(rows - rows[i]).sum(1)
    distance[i] = np.inf
    return int(distance.argmin())
