# mistake: two draws serve all attributes in turn
# says: attributes 0 and 2 are correlated
def rand(x, count, rng):
    draws = rng.integers(len(x), size=count), rng.integers(len(x), size=count)
    return np.stack([x[draws[a % 2], a] for a in range(x.shape[1])], axis=1)
