# mistake: keeps sd but not the value
# says: new already
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    for a in range(rows.shape[1]):
        if rng.random() < p:
            if a in nominal:
                rows[i, a], rows[j, a] = rows[j, a], rows[i, a]
            else:
                sd = abs(rows[i, a] - rows[j, a]) / s
                rows[i, a] = rng.normal(rows[j, a], sd)
                rows[j, a] = rng.normal(rows[i, a], sd)
