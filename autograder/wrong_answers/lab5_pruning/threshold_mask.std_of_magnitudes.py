# mistake: takes the deviation of the magnitudes
# says: take that of the weights
def threshold_mask(w, quality):
    return w.abs() >= quality * w.abs().std()
