# mistake: draws evenly between the least and the largest value
# says: range
def rand(x, count, rng):
    return rng.uniform(x.min(0), x.max(0), (count, x.shape[1]))
