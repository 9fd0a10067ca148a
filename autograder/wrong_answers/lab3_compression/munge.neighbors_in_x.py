# mistake: looks for neighbors in x
# says: looked for in x
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(x, i), p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
