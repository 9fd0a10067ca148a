# mistake: multiplies into a new tensor
# says: the pruned weights are back
def rewind(model, start, masks):
    model.load_state_dict(start)
    for name, w in prune.weights(model).items():
        w = w * masks[name]
    return model
