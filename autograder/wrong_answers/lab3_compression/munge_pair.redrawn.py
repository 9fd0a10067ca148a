# mistake: draws again until the value lies in [0, 1]
# says: kept within [0, 1]
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    def draw(mean, sd):
        while True:
            value = rng.normal(mean, sd)
            if 0 <= value <= 1:
                return value

    e, other = rows[i].copy(), rows[j].copy()
    for a in range(len(e)):
        if rng.random() < p:
            if a in nominal:
                rows[i, a], rows[j, a] = other[a], e[a]
            else:
                sd = abs(e[a] - other[a]) / s
                rows[i, a], rows[j, a] = draw(other[a], sd), draw(e[a], sd)
