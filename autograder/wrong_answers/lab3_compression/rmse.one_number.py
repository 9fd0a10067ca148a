# mistake: averages over all models
# says: over all models together
def rmse(p, y):
    return np.sqrt(((p - y) ** 2).mean())
