# mistake: uses the package
# says: greenlab.neurons.remove_dead
def remove_dead(masks):
    from greenlab import neurons

    model = zoo.mlp(masks[0].shape[1], *[len(mask) for mask in masks])
    named = dict(zip(prune.weights(model), masks))
    return list(neurons.remove_dead(model, prune.Masks(named))[0].values())
