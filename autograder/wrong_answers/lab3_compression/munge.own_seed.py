# mistake: makes its own generator
# says: generator of its own
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for seed in range(k):
        rows, own = x.copy(), np.random.default_rng(seed)
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, own, nominal)
        copies.append(rows)
    return np.concatenate(copies)
