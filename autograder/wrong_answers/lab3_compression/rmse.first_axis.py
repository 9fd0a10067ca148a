# mistake: averages over the models
# says: over the models, not over the points
def rmse(p, y):
    return np.sqrt(((p - y) ** 2).mean(0))
