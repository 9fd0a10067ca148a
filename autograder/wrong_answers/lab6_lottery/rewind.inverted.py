# mistake: turns the mask round
# says: the masks are turned round
def rewind(model, start, masks):
    model.load_state_dict(start)
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= ~masks[name]
    return model
