# mistake: compares the weights with their signs
# says: the sign counts
def prune_layer(w, mask, rate):
    left = w[mask]
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.topk(round((1 - rate) * len(left))).indices] = True
    new = mask.clone()
    new[mask] = keep
    return new
