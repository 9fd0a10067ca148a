# mistake: keeps the share rate instead of pruning it
# says: rate is the share that is pruned
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.topk(round(rate * len(left))).indices] = True
    new = mask.clone()
    new[mask] = keep
    return new
