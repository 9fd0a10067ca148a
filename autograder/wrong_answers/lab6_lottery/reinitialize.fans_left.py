# mistake: takes the fans of what is left
# says: the fans are those of the pruned layer
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                inputs = masks[name].sum(1).float().mean()
                outputs = masks[name].sum(0).float().mean()
                p.normal_(0, float((2 / (inputs + outputs)) ** 0.5), generator=generator)
                p *= masks[name]
            else:
                p.zero_()
    return model
