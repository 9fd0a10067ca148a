# mistake: forgets the masks of the round before
# says: the old masks are not used
def prune_round(model, masks, rate=0.2):
    last = list(masks)[-1]
    return {
        k: prune_layer(w.detach(), torch.ones_like(w) > 0, rate / 2 if k == last else rate)
        for k, w in prune.weights(model).items()
    }
