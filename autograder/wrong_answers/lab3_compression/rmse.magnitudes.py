# mistake: takes the mean magnitude
# says: mean magnitude
def rmse(p, y):
    return np.sqrt((p - y) ** 2).mean(-1)
