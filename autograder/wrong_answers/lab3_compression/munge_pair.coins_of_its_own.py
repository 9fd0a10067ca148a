# mistake: tosses the coins with a generator of its own
# says: toss the coins with rng
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = np.random.default_rng(0).random(len(e)) < p
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    rows[i] = np.where(change, rng.normal(other, sd), e)
    rows[j] = np.where(change, rng.normal(e, sd), other)
