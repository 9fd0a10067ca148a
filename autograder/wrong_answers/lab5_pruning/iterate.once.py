# mistake: chooses all masks from the weights at first
# says: chosen once
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    first = {n: w.detach().clone() for n, w in prune.weights(model).items()}
    for share in shares:
        masks = {n: prune_further(w, masks[n], share) for n, w in first.items()}
        retrain(model, masks, images, labels, **options)
        measured.append(measure(model))
    return masks, measured
