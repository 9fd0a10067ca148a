# mistake: changes attributes by a pattern
# says: a fixed pattern
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = np.arange(len(e)) % 10 < 10 * p
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    rows[i] = np.where(change, rng.normal(other, sd), e)
    rows[j] = np.where(change, rng.normal(e, sd), other)
