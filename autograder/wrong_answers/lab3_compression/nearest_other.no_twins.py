# mistake: leaves out equal rows
# says: equal to row i
def nearest_other(rows, i):
    distance = np.linalg.norm(rows - rows[i], axis=1)
    distance[distance == 0] = np.inf
    return int(distance.argmin())
