# mistake: asks kthvalue for a 0th value when nothing goes
# says: kthvalue
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    goes = len(left) - round((1 - rate) * len(left))
    threshold = left.kthvalue(goes).values
    smaller = mask & (w.abs() < threshold)
    equal = (mask & (w.abs() == threshold)).nonzero()[: goes - int(smaller.sum())]
    new = mask & ~smaller
    new[tuple(equal.T)] = False
    return new
