# mistake: draws some places twice
# says: drawn twice
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        flat = torch.zeros(mask.numel(), dtype=torch.bool)
        flat[torch.randint(mask.numel(), (int(mask.sum()),), generator=generator)] = True
        new[name] = flat.view(mask.shape)
    return new
