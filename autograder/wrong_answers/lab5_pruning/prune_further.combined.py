# mistake: combines two masks of all weights
# says: only combined
def prune_further(w, mask, share):
    return mask & keep_largest(w, share)
