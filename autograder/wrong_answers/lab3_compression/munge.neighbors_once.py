# mistake: looks up all neighbors before the pass
# says: or before the pass
def munge(x, k, p, s, rng, nominal=()):
    neighbors, copies = [nearest_other(x, i) for i in range(len(x))], []
    for _ in range(k):
        rows = x.copy()
        for i, j in enumerate(neighbors):
            munge_pair(rows, i, j, p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
