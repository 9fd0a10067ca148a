# mistake: draws nominal attributes like continuous ones
# says: drawn like continuous
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = rng.random(len(e)) < p
    sd = abs(e - other) / s
    rows[i] = np.where(change, rng.normal(other, sd), e)
    rows[j] = np.where(change, rng.normal(e, sd), other)
