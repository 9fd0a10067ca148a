# mistake: does not add up the layers
# says: add the layers up
def penalty(ws, l1=0.0, l2=0.0):
    for w in ws:
        total = l1 * w.abs().sum() + l2 / 2 * w.square().sum()
    return total
