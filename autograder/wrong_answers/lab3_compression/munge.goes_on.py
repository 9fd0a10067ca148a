# mistake: goes on from the pass before
# says: goes on from the one before
def munge(x, k, p, s, rng, nominal=()):
    copies, rows = [], x.copy()
    for _ in range(k):
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
        copies.append(rows.copy())
    return np.concatenate(copies)
