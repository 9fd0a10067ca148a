# mistake: draws from all layers together
# says: all layers together
def random_masks(masks, generator):
    everything = torch.cat([mask.flatten() for mask in masks.values()])
    everything = everything[torch.randperm(len(everything), generator=generator)]
    new, at = {}, 0
    for name, mask in masks.items():
        new[name] = everything[at : at + mask.numel()].view(mask.shape)
        at += mask.numel()
    return new
