# mistake: changes x
# says: changes the rows of x
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for _ in range(k):
        rows = x
        for i in range(len(rows)):
            munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
