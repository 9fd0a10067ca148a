# mistake: prunes a weight at the threshold
# says: use >=
def threshold_mask(w, quality):
    return w.abs() > quality * w.std()
