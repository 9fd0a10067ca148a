# mistake: swaps l1 and l2
# says: l1 and l2 are swapped
def penalty(ws, l1=0.0, l2=0.0):
    return sum(l2 * w.abs().sum() + l1 / 2 * w.square().sum() for w in ws)
