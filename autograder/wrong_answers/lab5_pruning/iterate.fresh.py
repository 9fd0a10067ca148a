# mistake: draws the kept weights anew
# says: fresh weights
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    for share in shares:
        masks = {
            n: prune_further(w.detach(), masks[n], share) for n, w in prune.weights(model).items()
        }
        for layer in model:
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
        retrain(model, masks, images, labels, **options)
        measured.append(measure(model))
    return masks, measured
