# mistake: chooses among all weights
# says: weights that were pruned before
def prune_further(w, mask, share):
    return keep_largest(w, share)
