# mistake: marks the pruned weights
# says: True is for those that are kept
def threshold_mask(w, quality):
    return w.abs() < quality * w.std()
