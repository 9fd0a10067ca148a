# mistake: writes into the rows
# says: changes rows
def nearest_other(rows, i):
    own = rows[i].copy()
    rows[i] = np.inf
    return int(np.square(rows - own).sum(1).argmin())
