# mistake: rounds to classes
# says: learns from probabilities
def label(x, members, weights):
    total = sum(w * member(x) for member, w in zip(members, weights) if w > 0)
    return (total >= 0.5).astype(float)
