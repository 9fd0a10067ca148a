# different: one pass and then the others
def munge(x, k, p, s, rng, nominal=()):
    rows = np.array(x)
    i = 0
    while i < len(rows):
        munge_pair(rows, i, nearest_other(rows, i), p, s, rng, nominal)
        i += 1
    return rows if k == 1 else np.vstack([rows, munge(x, k - 1, p, s, rng, nominal)])
