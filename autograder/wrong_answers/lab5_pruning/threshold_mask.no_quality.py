# mistake: forgets the quality
# says: the quality has no effect
def threshold_mask(w, quality):
    return w.abs() >= w.std()
