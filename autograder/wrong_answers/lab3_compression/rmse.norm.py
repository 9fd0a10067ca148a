# mistake: takes the norm
# says: the squares are added up
def rmse(p, y):
    return np.linalg.norm(p - y, axis=-1)
