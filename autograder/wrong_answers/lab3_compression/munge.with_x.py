# mistake: puts x in front
# says: the rows of x are among them
def munge(x, k, p, s, rng, nominal=()):
    copies = [x]
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
