# mistake: turns p round for nominal attributes
# says: p is turned round
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    for a in range(len(e)):
        if a in nominal:
            if rng.random() > p:
                rows[i, a], rows[j, a] = other[a], e[a]
        elif rng.random() < p:
            sd = abs(e[a] - other[a]) / s
            rows[i, a] = rng.normal(other[a], sd)
            rows[j, a] = rng.normal(e[a], sd)
