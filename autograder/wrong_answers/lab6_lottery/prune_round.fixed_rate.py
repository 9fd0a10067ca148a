# mistake: takes the paper's 20% whatever the rate
# says: the rate is not used
def prune_round(model, masks, rate=0.2):
    last = list(masks)[-1]
    return {
        name: prune_layer(w.detach(), masks[name], 0.1 if name == last else 0.2)
        for name, w in prune.weights(model).items()
    }
