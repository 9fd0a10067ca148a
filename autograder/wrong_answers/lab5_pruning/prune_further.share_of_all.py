# mistake: takes the share of all weights
# says: the share is that of all weights
def prune_further(w, mask, share):
    k = min(round(share * w.numel()), int(mask.sum()))
    new = torch.zeros(w.numel(), dtype=torch.bool)
    size = torch.where(mask, w.abs(), -1.0).flatten()
    new[size.topk(k).indices] = True
    return new.view(w.shape)
