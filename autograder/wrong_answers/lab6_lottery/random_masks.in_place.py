# mistake: writes into the masks that it is given
# says: changes the masks
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel(), generator=generator)
        mask.copy_(mask.flatten()[order].view(mask.shape))
        new[name] = mask
    return new
