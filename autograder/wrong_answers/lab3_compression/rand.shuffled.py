# mistake: shuffles each column
# says: shuffled
def rand(x, count, rng):
    rows = [
        np.concatenate([rng.permutation(x[:, a]) for _ in range(-(-count // len(x)))])
        for a in range(x.shape[1])
    ]
    return np.stack(rows, 1)[:count]
