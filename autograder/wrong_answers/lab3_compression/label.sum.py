# mistake: adds up without weights
# says: without weights
def label(x, members, weights):
    return sum(member(x) for member in members)
