# mistake: tosses one coin for all attributes
# says: one coin
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    if rng.random() < p:
        e, other = rows[i].copy(), rows[j].copy()
        sd = abs(e - other) / s
        sd[list(nominal)] = 0
        rows[i] = rng.normal(other, sd)
        rows[j] = rng.normal(e, sd)
