# mistake: gives a column
# says: stand in a column
def label(x, members, weights):
    total = np.zeros((len(x), 1))
    for member, weight in zip(members, weights, strict=True):
        if weight > 0:
            total += weight * member(x)[:, None]
    return total
