# different: attribute by attribute, old values kept by name
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    for a in range(rows.shape[1]):
        mine, theirs = rows[i, a], rows[j, a]
        if rng.random() >= p:
            continue
        if a in nominal:
            rows[i, a], rows[j, a] = theirs, mine
            continue
        sd = abs(mine - theirs) / s
        rows[j, a] = mine + sd * rng.normal()
        rows[i, a] = theirs - sd * rng.normal()
    return rows
