# mistake: masks the trained weights, never rewinds
# says: The trained weights are kept under the mask; a ticket
def rewind(model, start, masks):
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
    return model
