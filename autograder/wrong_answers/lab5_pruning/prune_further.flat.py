# mistake: gives the mask of w[mask]
# says: is flat
def prune_further(w, mask, share):
    return keep_largest(w[mask], share)
