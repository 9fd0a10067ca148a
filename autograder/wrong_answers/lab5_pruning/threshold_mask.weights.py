# mistake: gives the pruned weights
# says: give the mask alone
def threshold_mask(w, quality):
    return w * (w.abs() >= quality * w.std())
