# mistake: draws from a uniform distribution
# says: uniform draw
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                bound = (6 / sum(p.shape)) ** 0.5
                p.uniform_(-bound, bound, generator=generator)
                p *= masks[name]
            else:
                p.zero_()
    return model
