# different: zeros for what is pruned, and the share of all
def prune_further(w, mask, share):
    return (
        keep_largest(torch.where(mask, w, torch.zeros_like(w)), share * mask.float().mean().item())
        & mask
    )
