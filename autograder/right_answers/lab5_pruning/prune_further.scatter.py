# different: masked_scatter
def prune_further(w, mask, share):
    if not mask.any():
        return mask.clone()
    return torch.zeros_like(mask).masked_scatter(mask, keep_largest(w[mask], share))
