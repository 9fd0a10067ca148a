# mistake: gives a flat mask
# says: is flat
def keep_largest(w, density):
    k = round(density * w.numel())
    mask = torch.zeros(w.numel(), dtype=torch.bool)
    mask[w.abs().flatten().topk(k).indices] = True
    return mask
