# different: all but the last in a loop, the last by itself
def prune_round(model, masks, rate=0.2):
    ws = {name: w.detach() for name, w in prune.weights(model).items()}
    *others, last = ws
    new = {name: prune_layer(ws[name], masks[name], rate) for name in others}
    new[last] = prune_layer(ws[last], masks[last], 0.5 * rate)
    return new
