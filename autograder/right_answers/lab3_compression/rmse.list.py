# different: a list of numbers for many models
def rmse(p, y):
    if p.ndim == 1:
        return float(np.mean((p - y) ** 2) ** 0.5)
    return [rmse(row, y) for row in p]
