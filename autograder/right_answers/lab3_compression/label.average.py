# different: numpy's weighted average
def label(x, members, weights):
    asked = [(member(x), weight) for member, weight in zip(members, weights) if weight != 0]
    return np.average([a for a, _ in asked], axis=0, weights=[w for _, w in asked])
