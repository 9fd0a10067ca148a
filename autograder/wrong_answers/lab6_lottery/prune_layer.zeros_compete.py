# mistake: gives pruned weights the magnitude 0, which kept ones may have as well
# says: they compete again
def prune_layer(w, mask, rate):
    k = round((1 - rate) * int(mask.sum()))
    new = torch.zeros(w.numel(), dtype=torch.bool)
    new[(w * mask).abs().flatten().topk(k).indices] = True
    return new.view(w.shape)
