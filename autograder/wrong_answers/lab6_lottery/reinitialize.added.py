# mistake: adds the draw to the old weights
# says: deviation
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p += (2 / sum(p.shape)) ** 0.5 * torch.randn(p.shape, generator=generator)
                p *= masks[name]
            else:
                p.zero_()
    return model
