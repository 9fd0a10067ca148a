# mistake: cuts the values off at 0 and 1
# says: cut off at 0 and 1
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = rng.random(len(e)) < p
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    rows[i] = np.where(change, rng.normal(other, sd), e)
    rows[j] = np.where(change, rng.normal(e, sd), other)
    rows[[i, j]] = np.clip(rows[[i, j]], 0, 1)
