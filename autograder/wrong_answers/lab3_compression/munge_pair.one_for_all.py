# mistake: draws one number for all attributes
# says: one number is drawn for all
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    e, other = rows[i].copy(), rows[j].copy()
    change = rng.random(len(e)) < p
    sd = abs(e - other) / s
    sd[list(nominal)] = 0
    rows[i] = np.where(change, other + sd * rng.normal(), e)
    rows[j] = np.where(change, e + sd * rng.normal(), other)
