# different: one value at a time
def rand(x, count, rng):
    rows = []
    for _ in range(count):
        rows.append([column[int(rng.random() * len(column))] for column in x.T])
    return np.array(rows)
