# mistake: asks kthvalue for a value that is not there when nothing is kept
# says: kthvalue
def keep_largest(w, density):
    n = w.numel()
    k = round(density * n)
    size = w.abs().flatten()
    threshold = size.kthvalue(n - k + 1).values
    mask = size > threshold
    ties = (size == threshold).nonzero().flatten()
    mask[ties[: k - int(mask.sum())]] = True
    return mask.view(w.shape)
