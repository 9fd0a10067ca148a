# mistake: draws with a seed of its own
# says: the same weights with every generator
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                g = torch.Generator().manual_seed(0)
                p.normal_(0, (2 / sum(p.shape)) ** 0.5, generator=g)
                p *= masks[name]
            else:
                p.zero_()
    return model
