# mistake: writes into the mask that it is given
# says: You change w or the old mask
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.topk(round((1 - rate) * len(left))).indices] = True
    mask[mask.clone()] = keep
    return mask
