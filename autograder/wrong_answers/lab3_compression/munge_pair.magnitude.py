# mistake: turns negative values round
# says: negative values are turned round
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = rng.random(len(e)) < p
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    rows[i] = np.where(change, rng.normal(other, sd), e)
    rows[j] = np.where(change, rng.normal(e, sd), other)
    rows[[i, j]] = abs(rows[[i, j]])
