# different: gives pruned weights a magnitude below all others
def prune_layer(w, mask, rate):
    size = w.abs().masked_fill(~mask, -1).flatten()
    k = round((1 - rate) * mask.sum().item())
    new = torch.zeros_like(size)
    new[torch.argsort(size, descending=True)[:k]] = 1
    return new.reshape(w.shape).bool()
