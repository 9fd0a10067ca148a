# different: two comparisons
def threshold_mask(w, quality):
    t = quality * torch.std(w)
    return (w >= t) | (w <= -t)
