# mistake: compares the weights with their signs
# says: take .abs()
def threshold_mask(w, quality):
    return w >= quality * w.std()
