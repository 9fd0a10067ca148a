# mistake: overwrites the masks that it is given
# says: You change the model or the old masks
def prune_round(model, masks, rate=0.2):
    last = list(masks)[-1]
    for k, w in prune.weights(model).items():
        masks[k] = prune_layer(w.detach(), masks[k], rate / 2 if k == last else rate)
    return masks
