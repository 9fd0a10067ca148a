# mistake: takes density for the share that is pruned
# says: the share that is kept, not
def keep_largest(w, density):
    k = w.numel() - round(density * w.numel())
    mask = torch.zeros(w.numel(), dtype=torch.bool)
    mask[w.abs().flatten().topk(k).indices] = True
    return mask.view(w.shape)
