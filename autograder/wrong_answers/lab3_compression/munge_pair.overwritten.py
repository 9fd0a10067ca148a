# mistake: draws the second around the first's new value
# says: overwritten before row j
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    for a in range(rows.shape[1]):
        if rng.random() < p:
            if a in nominal:
                rows[i, a], rows[j, a] = rows[j, a], rows[i, a]
            else:
                rows[i, a] = rng.normal(rows[j, a], abs(rows[i, a] - rows[j, a]) / s)
                rows[j, a] = rng.normal(rows[i, a], abs(rows[i, a] - rows[j, a]) / s)
