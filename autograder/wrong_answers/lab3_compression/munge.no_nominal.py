# mistake: does not hand nominal on
# says: not handed on
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng)
        copies.append(rows)
    return np.concatenate(copies)
