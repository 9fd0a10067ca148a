# mistake: uses the package
# says: greenlab.prune.by_deviation
def threshold_mask(w, quality):
    return prune.by_deviation({"w": w}, quality)["w"]
