# mistake: returns nothing
# says: no return
def threshold_mask(w, quality):
    mask = w.abs() >= quality * w.std()
