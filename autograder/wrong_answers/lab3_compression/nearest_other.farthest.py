# mistake: takes the farthest
# says: farthest
def nearest_other(rows, i):
    return int(np.linalg.norm(rows - rows[i], axis=1).argmax())
