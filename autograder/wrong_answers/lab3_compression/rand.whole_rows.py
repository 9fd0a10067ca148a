# mistake: draws whole rows
# says: whole rows
def rand(x, count, rng):
    return x[rng.integers(len(x), size=count)]
