# different: one array filled pass by pass
def munge(x, k, p, s, rng, nominal=()):
    out = np.tile(x, (k, 1))
    n = len(x)
    for first in range(0, k * n, n):
        part = out[first : first + n]
        for i in range(n):
            munge_pair(part, i, nearest_other(part, i), p, s, rng, nominal)
    return out
