# mistake: returns in the loop
# says: return after the loop
def penalty(ws, l1=0.0, l2=0.0):
    for w in ws:
        return l1 * w.abs().sum() + l2 / 2 * w.square().sum()
