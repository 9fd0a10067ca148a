# mistake: changes copies
# says: changes no continuous
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = rng.random(len(e)) < p
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    e, other = (
        np.where(change, rng.normal(other, sd), e),
        np.where(change, rng.normal(e, sd), other),
    )
    return e, other
