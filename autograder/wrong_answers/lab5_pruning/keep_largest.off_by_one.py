# mistake: keeps one more
# says: one weight too many
def keep_largest(w, density):
    k = min(round(density * w.numel()) + 1, w.numel())
    mask = torch.zeros(w.numel(), dtype=torch.bool)
    mask[w.abs().flatten().topk(k).indices] = True
    return mask.view(w.shape)
