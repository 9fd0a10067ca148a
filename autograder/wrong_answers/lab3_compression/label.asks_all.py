# mistake: asks members of weight 0
# says: asks members of weight 0
def label(x, members, weights):
    return sum(weight * member(x) for member, weight in zip(members, weights))
