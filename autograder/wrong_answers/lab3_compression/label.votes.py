# mistake: lets the members vote
# says: vote by classes
def label(x, members, weights):
    return sum(w * (member(x) >= 0.5) for member, w in zip(members, weights) if w > 0)
