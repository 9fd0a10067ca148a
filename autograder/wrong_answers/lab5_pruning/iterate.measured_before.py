# mistake: measures before retraining
# says: measured before retraining
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    for share in shares:
        masks = {
            n: prune_further(w.detach(), masks[n], share) for n, w in prune.weights(model).items()
        }
        prune.Masks(masks).apply(model)
        measured.append(measure(model))
        retrain(model, masks, images, labels, **options)
    return masks, measured
