# mistake: takes the share of all weights
# says: the share is taken of all weights
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    goes = min(len(left), round(rate * w.numel()))
    keep = torch.ones(len(left), dtype=torch.bool)
    keep[left.argsort()[:goes]] = False
    new = mask.clone()
    new[mask] = keep
    return new
