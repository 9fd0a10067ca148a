# different: loops written out, in place of dicts at once
def iterate(model, shares, images, labels, measure, **options):
    masks, measured = {}, []
    for name, w in prune.weights(model).items():
        masks[name] = torch.ones(w.shape, dtype=torch.bool)
    for share in shares:
        for name, w in prune.weights(model).items():
            masks[name] = prune_further(w.data, masks[name], share)
        retrain(model, masks, images, labels, **options)
        measured += [measure(model)]
    return masks, measured
