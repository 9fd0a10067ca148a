# mistake: takes the variance
# says: take the standard deviation, w.std()
def threshold_mask(w, quality):
    return w.abs() >= quality * w.var()
