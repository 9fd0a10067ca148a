# mistake: returns the last pass only
# says: only one pass
def munge(x, k, p, s, rng, nominal=()):
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
    return rows
