# mistake: picks a share p of the attributes
# says: same number of attributes
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = np.zeros(len(e), bool)
    change[rng.permutation(len(e))[: round(p * len(e))]] = True
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    rows[i] = np.where(change, rng.normal(other, sd), e)
    rows[j] = np.where(change, rng.normal(e, sd), other)
