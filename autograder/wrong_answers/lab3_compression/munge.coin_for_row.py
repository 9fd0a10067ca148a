# mistake: tosses a coin for the row on top
# says: the coin belongs to each attribute
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            if rng.random() < p:
                munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
