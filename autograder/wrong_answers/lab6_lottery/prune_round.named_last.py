# mistake: names the last layer of LeNet-300-100
# says: the last one should, whatever its name
def prune_round(model, masks, rate=0.2):
    return {
        k: prune_layer(w.detach(), masks[k], rate / 2 if k == "4.weight" else rate)
        for k, w in prune.weights(model).items()
    }
