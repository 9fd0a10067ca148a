# mistake: shuffles the columns, all rows alike
# says: shuffle
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        new[name] = mask[:, torch.randperm(mask.shape[1], generator=generator)]
    return new
