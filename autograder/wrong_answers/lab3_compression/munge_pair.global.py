# mistake: draws noise from the global generator
# says: draw all from rng
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    for a in range(len(e)):
        if rng.random() < p:
            if a in nominal:
                rows[i, a], rows[j, a] = other[a], e[a]
            else:
                sd = abs(e[a] - other[a]) / s
                rows[i, a] = np.random.normal(other[a], sd)
                rows[j, a] = np.random.normal(e[a], sd)
