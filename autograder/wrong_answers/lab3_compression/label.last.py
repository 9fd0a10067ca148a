# mistake: keeps only the last member
# says: only the last member
def label(x, members, weights):
    for member, weight in zip(members, weights):
        total = weight * member(x)
    return total
