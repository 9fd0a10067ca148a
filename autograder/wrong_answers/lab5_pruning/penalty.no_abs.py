# mistake: sums up the weights with their signs
# says: take w.abs()
def penalty(ws, l1=0.0, l2=0.0):
    return sum(l1 * w.sum() + l2 / 2 * w.square().sum() for w in ws)
