# mistake: gives the old mask
# says: nothing is pruned
def prune_further(w, mask, share):
    return mask.clone()
