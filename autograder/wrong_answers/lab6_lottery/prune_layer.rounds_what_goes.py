# mistake: rounds the number that goes, not the number that stays
# says: not int(…) nor n - round
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.topk(len(left) - round(rate * len(left))).indices] = True
    new = mask.clone()
    new[mask] = keep
    return new
