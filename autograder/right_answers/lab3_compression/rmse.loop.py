# different: model by model
def rmse(p, y):
    if p.ndim == 1:
        return sum((a - b) ** 2 for a, b in zip(p, y)) ** 0.5 / len(y) ** 0.5
    return np.array([rmse(row, y) for row in p])
