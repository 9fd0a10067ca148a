# mistake: makes one pass and repeats it
# says: one pass is repeated
def munge(x, k, p, s, rng, nominal=()):
    rows = x.copy()
    for i in range(len(rows)):
        munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
    return np.tile(rows, (k, 1))
