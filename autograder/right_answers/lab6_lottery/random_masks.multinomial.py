# different: draws places without replacement
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        chance = torch.ones(mask.numel())
        places = torch.multinomial(chance, int(mask.sum()), generator=generator)
        new[name] = torch.zeros_like(mask)
        new[name].view(-1)[places] = True
    return new
