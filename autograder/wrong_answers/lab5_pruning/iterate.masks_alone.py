# mistake: returns the masks alone
# says: should give two things
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    for share in shares:
        masks = {
            n: prune_further(w.detach(), masks[n], share) for n, w in prune.weights(model).items()
        }
        retrain(model, masks, images, labels, **options)
        measured.append(measure(model))
    return masks
