# mistake: the last layer loses the whole rate
# says: the last layer loses the whole rate
def prune_round(model, masks, rate=0.2):
    return {k: prune_layer(w.detach(), masks[k], rate) for k, w in prune.weights(model).items()}
