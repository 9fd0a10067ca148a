# different: compares squares, floats as the mask
def threshold_mask(w, quality):
    return (w * w >= quality**2 * w.var()).float()
