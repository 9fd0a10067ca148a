# mistake: uses the package
# says: greenlab.prune.by_magnitude
def keep_largest(w, density):
    return prune.by_magnitude({"w": w}, density)["w"]
