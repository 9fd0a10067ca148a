# mistake: squares the mean
# says: cancel
def rmse(p, y):
    return np.sqrt((p - y).mean(-1) ** 2)
