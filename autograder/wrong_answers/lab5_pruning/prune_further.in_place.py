# mistake: changes the old mask
# says: changes the weights or the old mask
def prune_further(w, mask, share):
    mask[mask.clone()] = keep_largest(w[mask], share)
    return mask
