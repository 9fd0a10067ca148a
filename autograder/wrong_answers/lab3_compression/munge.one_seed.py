# mistake: begins each pass with the same seed
# says: one pass is repeated
def munge(x, k, p, s, rng, nominal=()):
    copies, seed = [], rng.integers(2**32)
    for _ in range(k):
        rows, same = x.copy(), np.random.default_rng(seed)
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, same, nominal)
        copies.append(rows)
    return np.concatenate(copies)
