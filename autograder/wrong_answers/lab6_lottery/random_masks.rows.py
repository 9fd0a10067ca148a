# mistake: shuffles whole rows
# says: only whole rows
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        new[name] = mask[torch.randperm(len(mask), generator=generator)]
    return new
