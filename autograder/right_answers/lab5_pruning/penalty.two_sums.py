# different: two sums
def penalty(ws, l1=0.0, l2=0.0):
    ws = list(ws)
    ones = sum(torch.sum(torch.abs(w)) for w in ws)
    twos = sum(torch.sum(w**2) for w in ws)
    return l1 * ones + l2 * twos / 2
