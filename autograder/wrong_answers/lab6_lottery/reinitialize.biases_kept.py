# mistake: leaves the biases
# says: the biases
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p.normal_(0, (2 / sum(p.shape)) ** 0.5, generator=generator)
                p *= masks[name]
    return model
