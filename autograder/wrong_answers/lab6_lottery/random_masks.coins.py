# mistake: tosses a coin for each weight
# says: left to luck
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        density = mask.float().mean()
        new[name] = torch.rand(mask.shape, generator=generator) < density
    return new
