# mistake: all layers lose half the rate
# says: every layer loses half
def prune_round(model, masks, rate=0.2):
    return {k: prune_layer(w.detach(), masks[k], rate / 2) for k, w in prune.weights(model).items()}
