# mistake: pairs each row with itself
# says: nothing changed
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            munge_pair(rows, i, i, p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
