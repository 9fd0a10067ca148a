# mistake: takes the second of the others
# says: second nearest
def nearest_other(rows, i):
    distance = np.linalg.norm(rows - rows[i], axis=1)
    distance[i] = np.inf
    return int(distance.argsort(kind="stable")[1])
