# mistake: never draws the last row
# says: some rows are never drawn
def rand(x, count, rng):
    n, d = x.shape
    return np.stack([x[rng.integers(n - 1, size=count), a] for a in range(d)], axis=1)
