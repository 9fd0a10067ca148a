# mistake: uses the variance as standard deviation
# says: this is the variance
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p.normal_(0, 2 / sum(p.shape), generator=generator)
                p *= masks[name]
            else:
                p.zero_()
    return model
