# mistake: halves the rate of the first layer
# says: the first layer loses half
def prune_round(model, masks, rate=0.2):
    first = list(masks)[0]
    return {
        k: prune_layer(w.detach(), masks[k], rate / 2 if k == first else rate)
        for k, w in prune.weights(model).items()
    }
