# mistake: draws from numpy's global generator
# says: draw all from rng
def rand(x, count, rng):
    return np.stack([np.random.choice(x[:, a], count) for a in range(x.shape[1])], 1)
