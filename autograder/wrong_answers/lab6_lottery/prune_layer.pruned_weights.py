# mistake: gives the pruned weights, not the mask
# says: other values than True and False
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.topk(round((1 - rate) * len(left))).indices] = True
    new = mask.clone()
    new[mask] = keep
    return w * new
