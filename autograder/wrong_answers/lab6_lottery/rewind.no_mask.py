# mistake: rewinds and forgets the mask
# says: the pruned weights are back
def rewind(model, start, masks):
    model.load_state_dict(start)
    return model
