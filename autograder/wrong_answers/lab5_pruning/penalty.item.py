# mistake: makes plain numbers
# says: No gradient
def penalty(ws, l1=0.0, l2=0.0):
    return sum(l1 * w.abs().sum().item() + l2 / 2 * w.square().sum().item() for w in ws)
