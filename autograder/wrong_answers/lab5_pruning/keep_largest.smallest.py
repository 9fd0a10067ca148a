# mistake: keeps the smallest
# says: keep the largest
def keep_largest(w, density):
    k = round(density * w.numel())
    mask = torch.zeros(w.numel(), dtype=torch.bool)
    mask[w.abs().flatten().topk(k, largest=False).indices] = True
    return mask.view(w.shape)
