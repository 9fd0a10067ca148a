# mistake: takes the last k of a sorted list, all of it when k is 0
# says: [-0:] is everything
def keep_largest(w, density):
    k = round(density * w.numel())
    mask = torch.zeros(w.numel(), dtype=torch.bool)
    mask[w.abs().flatten().argsort()[-k:]] = True
    return mask.view(w.shape)
