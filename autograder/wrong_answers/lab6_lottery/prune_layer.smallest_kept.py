# mistake: keeps the smallest
# says: the smallest are kept
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.argsort()[: round((1 - rate) * len(left))]] = True
    new = mask.clone()
    new[mask] = keep
    return new
