# mistake: sorts by the weights with their signs
# says: take the magnitude
def keep_largest(w, density):
    k = round(density * w.numel())
    mask = torch.zeros(w.numel(), dtype=torch.bool)
    mask[w.flatten().topk(k).indices] = True
    return mask.view(w.shape)
