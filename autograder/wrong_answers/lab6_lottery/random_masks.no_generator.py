# mistake: leaves the generator out
# says: same seed
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel())
        new[name] = mask.flatten()[order].view(mask.shape)
    return new
