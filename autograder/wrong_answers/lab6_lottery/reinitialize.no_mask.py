# mistake: forgets the mask
# says: pruned weights
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p.normal_(0, (2 / sum(p.shape)) ** 0.5, generator=generator)
            else:
                p.zero_()
    return model
