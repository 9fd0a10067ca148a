# mistake: retrains with everything kept
# says: does not hold the masks
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    for share in shares:
        masks = {
            n: prune_further(w.detach(), masks[n], share) for n, w in prune.weights(model).items()
        }
        prune.Masks(masks).apply(model)
        retrain(model, prune.Masks.full(model), images, labels, **options)
        measured.append(measure(model))
    return masks, measured
