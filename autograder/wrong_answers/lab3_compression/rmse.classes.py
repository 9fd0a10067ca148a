# mistake: rounds to classes first
# says: rounded to classes
def rmse(p, y):
    return np.sqrt((((p >= 0.5) - y) ** 2).mean(-1))
