# mistake: masks, then loads everything
# says: the pruned weights are back
def rewind(model, start, masks):
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
    model.load_state_dict(start)
    return model
