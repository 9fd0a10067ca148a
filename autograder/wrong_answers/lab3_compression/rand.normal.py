# mistake: draws from a bell curve
# says: bell curve
def rand(x, count, rng):
    return rng.normal(x.mean(0), x.std(0), (count, x.shape[1]))
