# mistake: draws evenly
# says: evenly from a range
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    for a in range(len(e)):
        if rng.random() < p:
            if a in nominal:
                rows[i, a], rows[j, a] = other[a], e[a]
            else:
                sd = abs(e[a] - other[a]) / s
                rows[i, a] = other[a] + sd * rng.uniform(-1, 1)
                rows[j, a] = e[a] + sd * rng.uniform(-1, 1)
