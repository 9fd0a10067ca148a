# mistake: takes the last k of an order, which is all of it when k is 0
# says: [-0:] is everything
def prune_layer(w, mask, rate):
    left = w[mask].abs()
    k = round((1 - rate) * len(left))
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.argsort()[-k:]] = True
    new = mask.clone()
    new[mask] = keep
    return new
