# mistake: does not divide by s
# says: not divided by s
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    for a in range(len(e)):
        if rng.random() < p:
            if a in nominal:
                rows[i, a], rows[j, a] = other[a], e[a]
            else:
                sd = abs(e[a] - other[a])
                rows[i, a] = rng.normal(other[a], sd)
                rows[j, a] = rng.normal(e[a], sd)
