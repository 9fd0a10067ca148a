# mistake: prunes the share
# says: it should be kept
def prune_further(w, mask, share):
    new = mask.clone()
    new[mask] = keep_largest(w[mask], 1 - share)
    return new
