# mistake: lets pruned weights compete again
# says: keeps
def prune_layer(w, mask, rate):
    size = w.abs().flatten()
    new = torch.zeros(w.numel(), dtype=torch.bool)
    new[size.topk(round((1 - rate) * int(mask.sum()))).indices] = True
    return new.view(w.shape)
