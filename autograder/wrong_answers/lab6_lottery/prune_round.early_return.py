# mistake: returns inside the loop
# says: a layer is left out
def prune_round(model, masks, rate=0.2):
    last = list(masks)[-1]
    new = {}
    for k, w in prune.weights(model).items():
        new[k] = prune_layer(w.detach(), masks[k], rate / 2 if k == last else rate)
        return new
