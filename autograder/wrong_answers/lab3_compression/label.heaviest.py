# mistake: asks the heaviest alone
# says: largest weight
def label(x, members, weights):
    return members[int(np.argmax(weights))](x)
