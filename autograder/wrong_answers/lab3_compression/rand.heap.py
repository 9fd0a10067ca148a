# mistake: draws from all attributes together
# says: one heap
def rand(x, count, rng):
    return rng.choice(x.flatten(), (count, x.shape[1]))
