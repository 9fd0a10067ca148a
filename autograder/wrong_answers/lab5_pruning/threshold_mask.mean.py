# mistake: takes the mean magnitude
# says: mean magnitude
def threshold_mask(w, quality):
    return w.abs() >= quality * w.abs().mean()
