# mistake: tosses for each row
# says: two coins
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    rows[i] = np.where(rng.random(len(e)) < p, rng.normal(other, sd), e)
    rows[j] = np.where(rng.random(len(e)) < p, rng.normal(e, sd), other)
