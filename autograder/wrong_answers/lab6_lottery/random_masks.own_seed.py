# mistake: a seed of its own
# says: the same masks twice
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel(), generator=torch.Generator().manual_seed(1))
        new[name] = mask.flatten()[order].view(mask.shape)
    return new
