# mistake: takes each share of all weights
# says: each share is of what is left
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    for share in shares:
        masks = {n: keep_largest(w.detach(), share) for n, w in prune.weights(model).items()}
        retrain(model, masks, images, labels, **options)
        measured.append(measure(model))
    return masks, measured
