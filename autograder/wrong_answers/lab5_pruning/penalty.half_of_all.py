# mistake: halves both parts
# says: only the L2 part is halved
def penalty(ws, l1=0.0, l2=0.0):
    return sum(l1 * w.abs().sum() + l2 * w.square().sum() for w in ws) / 2
