# mistake: counts inputs only
# says: only the inputs count
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p.normal_(0, (2 / p.shape[1]) ** 0.5, generator=generator)
                p *= masks[name]
            else:
                p.zero_()
    return model
