# mistake: returns nothing
# says: should return the model
def rewind(model, start, masks):
    model.load_state_dict(start)
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
