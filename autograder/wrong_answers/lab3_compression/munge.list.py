# mistake: leaves the passes in a list
# says: np.concatenate
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
        copies.append(rows)
    return copies
