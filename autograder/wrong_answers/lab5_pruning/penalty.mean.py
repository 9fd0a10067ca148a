# mistake: takes means
# says: take the sum
def penalty(ws, l1=0.0, l2=0.0):
    return sum(l1 * w.abs().mean() + l2 / 2 * w.square().mean() for w in ws)
