# different: sorts by itself
def prune_further(w, mask, share):
    k = round(share * int(mask.sum()))
    size = w.abs().masked_fill(~mask, -1.0).flatten()
    new = torch.zeros_like(size, dtype=torch.bool)
    new[size.topk(k).indices] = True
    return new.view_as(w)
