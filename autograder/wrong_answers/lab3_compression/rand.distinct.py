# mistake: draws among the different values
# says: frequent value
def rand(x, count, rng):
    return np.stack([rng.choice(np.unique(x[:, a]), count) for a in range(x.shape[1])], 1)
