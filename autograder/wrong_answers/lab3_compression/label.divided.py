# mistake: divides once more
# says: don't divide
def label(x, members, weights):
    return np.mean([w * member(x) for member, w in zip(members, weights)], axis=0)
