# mistake: takes the quality as the threshold
# says: the standard deviation is missing
def threshold_mask(w, quality):
    return w.abs() >= quality
