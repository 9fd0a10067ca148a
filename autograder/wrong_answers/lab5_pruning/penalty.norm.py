# mistake: takes the root
# says: a root is taken
def penalty(ws, l1=0.0, l2=0.0):
    return sum(l1 * w.abs().sum() + l2 / 2 * w.norm() for w in ws)
