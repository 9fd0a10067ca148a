# mistake: draws the weights to prune
# says: turned round
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel(), generator=generator)
        new[name] = ~mask.flatten()[order].view(mask.shape)
    return new
