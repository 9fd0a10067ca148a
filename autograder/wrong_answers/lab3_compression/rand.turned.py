# mistake: gives a row for each attribute
# says: on its side
def rand(x, count, rng):
    return np.stack([rng.choice(x[:, a], count) for a in range(x.shape[1])])
