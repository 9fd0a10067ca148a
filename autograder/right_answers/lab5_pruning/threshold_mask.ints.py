# different: 0 and 1 as whole numbers, the deviation by hand
def threshold_mask(w, quality):
    deviation = ((w - w.mean()) ** 2).mean() ** 0.5
    return torch.where(torch.abs(w) < quality * deviation, 0, 1)
