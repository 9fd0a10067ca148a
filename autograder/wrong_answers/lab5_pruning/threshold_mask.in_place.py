# mistake: takes the magnitudes in place
# says: changes its weights
def threshold_mask(w, quality):
    deviation = w.std()
    return w.abs_() >= quality * deviation
