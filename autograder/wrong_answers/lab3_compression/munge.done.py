# mistake: passes over rows that were a neighbor
# says: each row has its turn
def munge(x, k, p, s, rng, nominal=()):
    copies = []
    for _ in range(k):
        rows, done = x.copy(), set()
        for i in range(len(rows)):
            if i in done:
                continue
            j = nearest_other(rows, i)
            munge_pair(rows, i, j, p, s, rng, nominal)
            done.update((i, j))
        copies.append(rows)
    return np.concatenate(copies)
