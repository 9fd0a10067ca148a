# mistake: combines with the mask of the largest of all weights
# says: combined with that of the largest of all
def prune_layer(w, mask, rate):
    size = w.abs().flatten()
    new = torch.zeros(w.numel(), dtype=torch.bool)
    new[size.topk(round((1 - rate) * w.numel())).indices] = True
    return mask & new.view(w.shape)
