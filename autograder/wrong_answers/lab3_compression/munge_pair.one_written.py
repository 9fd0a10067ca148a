# mistake: writes only one of the pair
# says: only rows[i]
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    for a in range(len(e)):
        if rng.random() < p:
            if a in nominal:
                rows[i, a] = other[a]
            else:
                sd = abs(e[a] - other[a]) / s
                rows[i, a] = rng.normal(other[a], sd)
