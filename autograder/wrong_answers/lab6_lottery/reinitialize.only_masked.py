# mistake: keeps the old weights
# says: did not change
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p *= masks[name]
            else:
                p.zero_()
    return model
