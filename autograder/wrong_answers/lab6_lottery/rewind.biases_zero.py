# mistake: sets the biases to 0
# says: the biases are 0
def rewind(model, start, masks):
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(start[name] * masks[name] if name in masks else 0 * p)
    return model
