# mistake: masks θ0 itself
# says: changes `start`
def rewind(model, start, masks):
    for name, mask in masks.items():
        start[name] *= mask
    model.load_state_dict(start)
    return model
