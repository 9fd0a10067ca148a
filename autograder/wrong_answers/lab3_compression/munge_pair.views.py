# mistake: keeps no copies
# says: the first value was lost
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i], rows[j]
    for a in range(len(e)):
        if rng.random() < p:
            if a in nominal:
                rows[i, a] = other[a]
                rows[j, a] = e[a]
            else:
                sd = abs(e[a] - other[a]) / s
                rows[i, a] = rng.normal(other[a], sd)
                rows[j, a] = rng.normal(e[a], sd)
