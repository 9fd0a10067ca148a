# different: kthvalue, with 0 and ties taken care of
def keep_largest(w, density):
    n = w.numel()
    k = round(density * n)
    if k == 0:
        return torch.zeros_like(w, dtype=torch.bool)
    size = w.abs().flatten()
    threshold = size.kthvalue(n - k + 1).values
    mask = size > threshold
    ties = (size == threshold).nonzero().flatten()
    mask[ties[: k - int(mask.sum())]] = True
    return mask.view(w.shape)
