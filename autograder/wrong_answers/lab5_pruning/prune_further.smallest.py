# mistake: keeps the smallest of what is left
# says: the smallest of what is left
def prune_further(w, mask, share):
    new = mask.clone()
    new[mask] = ~keep_largest(w[mask], 1 - share)
    return new
