# mistake: puts one array into the list k times
# says: all passes are one array
def munge(x, k, p, s, rng, nominal=()):
    copies, rows = [], x.copy()
    for _ in range(k):
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
