# different: the first places of a random order
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        flat = torch.zeros(mask.numel(), dtype=torch.bool)
        flat[torch.randperm(mask.numel(), generator=generator)[: int(mask.sum())]] = True
        new[name] = flat.view(mask.shape)
    return new
