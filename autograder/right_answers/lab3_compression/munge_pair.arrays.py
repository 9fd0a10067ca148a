# different: all attributes at once
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    old_i, old_j = np.array(rows[i]), np.array(rows[j])
    is_nominal = np.isin(np.arange(len(old_i)), nominal)
    toss = rng.uniform(size=len(old_i)) < p
    sd = np.where(is_nominal, 0.0, np.abs(old_i - old_j) / s)
    rows[i][toss] = (old_j + sd * rng.standard_normal(len(sd)))[toss]
    rows[j][toss] = (old_i + sd * rng.standard_normal(len(sd)))[toss]
