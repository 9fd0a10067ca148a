# mistake: takes the plain mean
# says: no effect
def label(x, members, weights):
    return np.mean([member(x) for member in members], axis=0)
